#ifndef EDGE_NAND_OUTLIERS_H
#define EDGE_NAND_OUTLIERS_H

#include <stddef.h>
#include <stdint.h>

/* cffi:begin */
/* Protection of a page's largest 1 % of values. docs/nand-errors.md has the layout to the bit. */
enum {
  EDGE_NAND_EXACT = 0, /* two wrong address bits look like one wrong bit elsewhere, or are found */
  EDGE_NAND_IDEAL = 1, /* two wrong address bits are always found: needs the code as written */
  EDGE_NAND_DOUBLE = 2 /* one more check bit, which finds two wrong address bits */
};

struct edge_nand_outliers {
  uint32_t mode;
  uint32_t page_bytes; /* up to 65,536 */
  uint32_t value_bits; /* 8, or 4: the low half of a byte first; two's complement */
  uint32_t copies;     /* of each protected value: 1 .. 8 */
  uint32_t by_sign;    /* 1: the largest are those nearest +infinity; 0: of the largest magnitude */
};

struct edge_nand_outlier_counts {
  uint64_t fixed;         /* records used at the address they name, after correcting their field */
  uint64_t dropped;       /* records whose address is of no use; their values are unprotected */
  uint64_t miscorrected;  /* records used at another address than written, and not among the fixed;
                           * 0 where the written code is not known */
  uint64_t voted;         /* protected values that the vote changed */
  uint64_t zeroed;        /* unprotected values beyond the threshold, forced to 0 */
};

/* Bits of the code of a page, 0 where there is no such code. */
uint64_t edge_nand_outliers_bits(const struct edge_nand_outliers *wanted);

/* data [pages][page_bytes] -> codes [pages][(bits + 7) / 8]; a row begins `stride` bytes after the
 * one before. Nothing is done where there is no such code. */
void edge_nand_outliers_encode(const struct edge_nand_outliers *wanted, const uint8_t *data,
                               size_t data_stride, uint8_t *codes, size_t code_stride,
                               size_t pages, uint32_t threads);

/* Corrects the data in place and adds to the counts. `written`: the codes before any error, which
 * EDGE_NAND_IDEAL cannot do without; NULL otherwise where they are not known. */
void edge_nand_outliers_correct(const struct edge_nand_outliers *wanted, uint8_t *data,
                                size_t data_stride, const uint8_t *codes, size_t code_stride,
                                const uint8_t *written, size_t written_stride, size_t pages,
                                uint32_t threads, struct edge_nand_outlier_counts *counts);
/* cffi:end */

#endif
