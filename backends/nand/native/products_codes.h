/* Weights of fewer than 8 bits, as int8. */
#ifndef EDGE_NAND_PRODUCTS_CODES_H
#define EDGE_NAND_PRODUCTS_CODES_H

#include <stdint.h>

/* Weights first .. first + count - 1 of a page. bits: 4 (two's complement) or 2 (0, 1, 2 for
 * -1; 3 is read as 0). flip: 0, or 0xFF where every bit is inverted. */
typedef void edge_nand_codes(const uint8_t *page, uint64_t first, uint32_t count, uint32_t bits,
                             uint8_t flip, int8_t *codes);

edge_nand_codes edge_nand_codes_plain;

/* The fastest on this processor; it gives what the plain one does. */
edge_nand_codes *edge_nand_best_codes(void);

#endif
