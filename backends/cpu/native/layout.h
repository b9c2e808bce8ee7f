/* Where weights lie inside packed blocks: for the packer and for every form of the kernels. */
#ifndef EDGE_DECODER_LAYOUT_H
#define EDGE_DECODER_LAYOUT_H

#include "kernels.h"

enum {
  EDGE_GROUP = 16,        /* rows of a group */
  EDGE_BLOCK = 64,        /* bytes of a block */
  EDGE_BASE3_STEP = 20,   /* weights of a row in a block of each packing */
  EDGE_TWO_BIT_STEP = 16,
  EDGE_INT8_STEP = 4,
  EDGE_INT4_STEP = 8,
  EDGE_PAGE3 = 0xC0,      /* the base-3 bytes from here on are the fourth page of the code book */
  EDGE_PAGE3_CODES = 51,  /* of its 64 codes: n = 64..80, three each */
  EDGE_INT4_SPAN = 64,    /* weights of a row that share a scale */
  EDGE_INT4_DEPTH = 128,  /* two spans: a block of scales, then eight blocks for each span */
  EDGE_INT4_BYTES = 17 * EDGE_BLOCK,
  EDGE_SLICE_BLOCKS = 100, /* two-bit blocks of four groups that a first cache holds: 25,600 B */
};

static inline uint32_t edge_steps(uint32_t count, uint32_t step) {
  return (count + step - 1) / step;
}

/* Bytes of one group of rows. */
static inline size_t edge_group_bytes(uint32_t packing, uint32_t depth) {
  switch (packing) {
    case EDGE_BASE3: return (size_t)edge_steps(depth, EDGE_BASE3_STEP) * EDGE_BLOCK;
    case EDGE_TWO_BIT: return (size_t)edge_steps(depth, EDGE_TWO_BIT_STEP) * EDGE_BLOCK;
    case EDGE_INT8: return (size_t)edge_steps(depth, EDGE_INT8_STEP) * EDGE_BLOCK;
    case EDGE_INT4: return (size_t)edge_steps(depth, EDGE_INT4_DEPTH) * EDGE_INT4_BYTES;
    default: return 0;
  }
}

static inline const uint8_t *edge_group(const struct edge_matrix *matrix, uint32_t group) {
  return matrix->blocks + group * edge_group_bytes(matrix->packing, matrix->depth);
}

/* Tables over the low six bits of a base-3 byte. The first four trits come out as four fields of
 * two bits, the first one lowest; the fifth trit of page 3 in the top two bits, where the bytes of
 * the other pages have it. */
#define EDGE_FIELDS(n) \
  ((n) % 3 | (n) / 3 % 3 << 2 | (n) / 9 % 3 << 4 | (n) / 27 % 3 << 6)
#define EDGE_PAGE3_FIELDS(m) EDGE_FIELDS(64 + (m) / 3)
#define EDGE_PAGE3_FIFTH(m) ((m) % 3 << 6)
#define EDGE_FOUR(f, m) f(m), f(m + 1), f(m + 2), f(m + 3)
#define EDGE_SIXTEEN(f, m) \
  EDGE_FOUR(f, m), EDGE_FOUR(f, m + 4), EDGE_FOUR(f, m + 8), EDGE_FOUR(f, m + 12)
#define EDGE_TABLE(f) \
  {EDGE_SIXTEEN(f, 0), EDGE_SIXTEEN(f, 16), EDGE_SIXTEEN(f, 32), EDGE_SIXTEEN(f, 48)}

/* The 16 levels of a weight of EDGE_INT4: a least-squares fit to bell-shaped weights with light and
 * heavy tails, in units of a 128th of the scale. Their relative error is 0.082 on normal weights,
 * where evenly spaced levels give 0.090 and a minimum with a step 0.096, all at 4.25 bits. */
#define EDGE_INT4_LEVELS \
  {-114, -85, -64, -48, -34, -22, -12, -2, 7, 16, 27, 39, 52, 69, 90, 127}

#endif
