/* One row of int8 weights times int16 activations. */
#ifndef EDGE_NAND_PRODUCTS_DOT_H
#define EDGE_NAND_PRODUCTS_DOT_H

#include <stdint.h>

/* w [count] times x [count], exact. flip: 0, or -1 where every bit of w is inverted. */
typedef int64_t edge_nand_dot(const int8_t *w, const int16_t *x, uint32_t count, int8_t flip);

edge_nand_dot edge_nand_dot_plain;

/* The fastest on this processor; it gives what the plain one does. */
edge_nand_dot *edge_nand_best_dot(void);

#endif
