#ifndef EDGE_NAND_CELLS_H
#define EDGE_NAND_CELLS_H

#include <stddef.h>
#include <stdint.h>

/* cffi:begin */
enum { EDGE_NAND_MOST_ROW_BYTES = 81920 }; /* of a page with its spare */

/* Which bits of which pages, and how they are drawn. */
struct edge_nand_cells {
  uint64_t seed;
  uint64_t stream;         /* 0: what is wrong until the block is erased; others: of single reads */
  size_t row_bytes;        /* of a page with its spare */
  size_t counted_bytes;    /* those from the first on whose wrong bits are counted */
  const int64_t *physical; /* [pages] the page's number on the device */
  const int64_t *erases;   /* [pages] how often its block was erased */
  const double *rates;     /* [pages] the probability of a bit to be wrong, 0 .. 0.5 */
};

/* Flips what is wrong in rows [pages][row_bytes], `stride` bytes apart; `flips` [pages] gets how
 * many counted bits of each. What a rate makes wrong, any higher rate does too. Nothing is done where
 * row_bytes is over the most. */
void edge_nand_corrupt(const struct edge_nand_cells *cells, uint8_t *rows, size_t stride,
                       size_t pages, uint32_t threads, uint32_t *flips);
/* cffi:end */

#endif
