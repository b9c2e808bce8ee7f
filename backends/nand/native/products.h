/* Integer products of activations with the weights that lie in pages. */
#ifndef EDGE_NAND_PRODUCTS_H
#define EDGE_NAND_PRODUCTS_H

#include <stdint.h>

/* cffi:begin */
/* The pages of one matrix [rows][inputs]. Each holds a block of it, page_rows x page_inputs
 * weights, row after row without a gap, of so many bits each (8, 4 or 2, lowest bits first). What a
 * block has beyond the matrix is skipped. */
struct edge_nand_matrix {
  const uint8_t *store;  /* where page 0 begins */
  uint64_t stride;       /* bytes from one page to the next */
  const int64_t *page;   /* [pages] which page */
  const int32_t *row;    /* [pages] the row of its first weight, 0 .. rows - 1 */
  const int32_t *column; /* [pages] the input of its first weight, 0 .. inputs - 1 */
  const uint8_t *by_npu; /* [pages] 1: the NPU multiplies it, whose sums are not narrow */
  uint32_t pages;
  uint32_t page_rows, page_inputs;
  uint32_t rows, inputs;
  uint32_t bits;
  uint32_t inverted; /* whether bits are stored as their complement */
  uint32_t shift;    /* of a core's results of 16 bits: they count in steps of 2^shift, at most 31 */
};

/* Add to sums [tokens][rows] the products with x [tokens][inputs].
 *
 * narrow: whether a core's partial sum, that of one page, has 16 bits; returns how many sums were
 * too large for that, and cut. A sum is rounded to the nearest step, a half up.
 * threads: at most so many share the rows; the sums are the same for any number. plain: without
 * the processor's vectors. */
uint64_t edge_nand_products(const struct edge_nand_matrix *matrix, const int16_t *x,
                            uint32_t tokens, int64_t *sums, uint32_t narrow, uint32_t threads,
                            uint32_t plain);
/* cffi:end */

#endif
