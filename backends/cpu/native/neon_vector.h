/* NEON: one ternary matrix by one vector. */
#ifndef EDGE_DECODER_NEON_VECTOR_H
#define EDGE_DECODER_NEON_VECTOR_H

#include "neon_sums.h"

enum { RUN = 25 }; /* blocks between two widenings: 125 trits of base 3, 100 at two bits */

struct activations {
  int8x16_t field0, field1, field2, field3, fifth;
};

static inline struct activations activations(const int8_t *x, int base3) {
  return (struct activations){broadcast(x), broadcast(x + 4), broadcast(x + 8),
                              broadcast(x + 12), broadcast(base3 ? x + 16 : x)};
}

static inline void add_fields(struct sums *sums, uint8x16_t fields,
                              const struct activations *x) {
  add(sums, trits_of(fields), x->field0);
  add(sums, trits_of(vshrq_n_u8(fields, 2)), x->field1);
  add(sums, trits_of(vshrq_n_u8(fields, 4)), x->field2);
  add(sums, vshrq_n_u8(fields, 6), x->field3);
}

/* `base3` is a constant wherever this is called; `book` is not looked at without it. */
static inline void add_quarter(struct sums *sums, const uint8_t *quarter, int base3,
                               const struct code_book *book, const struct activations *x) {
  const uint8x16_t bytes = vld1q_u8(quarter);
  uint8x16_t fifth;
  if (!base3) {
    add_fields(sums, bytes, x);
    return;
  }
  add_fields(sums, fields_of(book, bytes, &fifth), x);
  add(sums, fifth, x->fifth);
}

/* Up to RUN blocks, added to y. */
static inline void add_run(const uint8_t *block, uint32_t count, const int8_t *x, int base3,
                           const struct code_book *book, int32_t *y) {
  struct sums s0 = no_sums(), s1 = s0, s2 = s0, s3 = s0;
  for (; count > 0; count--, block += EDGE_BLOCK) {
    const struct activations all = activations(x, base3);
    __builtin_prefetch(block + AHEAD);
    add_quarter(&s0, block, base3, book, &all);
    add_quarter(&s1, block + QUARTER, base3, book, &all);
    add_quarter(&s2, block + 2 * QUARTER, base3, book, &all);
    add_quarter(&s3, block + 3 * QUARTER, base3, book, &all);
    x += base3 ? EDGE_BASE3_STEP : EDGE_TWO_BIT_STEP;
  }
  vst1q_s32(y, vaddq_s32(vld1q_s32(y), widened(&s0)));
  vst1q_s32(y + 4, vaddq_s32(vld1q_s32(y + 4), widened(&s1)));
  vst1q_s32(y + 8, vaddq_s32(vld1q_s32(y + 8), widened(&s2)));
  vst1q_s32(y + 12, vaddq_s32(vld1q_s32(y + 12), widened(&s3)));
}

static void ternary_vector(const struct edge_matrix *matrix, uint32_t group, uint32_t groups,
                           const int8_t *x, int32_t x_sum, int32_t *y) {
  const int base3 = matrix->packing == EDGE_BASE3;
  const struct code_book book = code_book();
  const uint32_t count =
      (uint32_t)(edge_group_bytes(matrix->packing, matrix->depth) / EDGE_BLOCK);
  for (uint32_t i = 0; i < groups; i++, y += EDGE_GROUP) {
    const uint8_t *blocks = edge_group(matrix, group + i);
    for (uint32_t row = 0; row < EDGE_GROUP; row++) y[row] = -x_sum;
    for (uint32_t begin = 0; begin < count; begin += RUN) {
      const uint32_t run = count - begin < RUN ? count - begin : RUN;
      const uint8_t *block = blocks + (size_t)begin * EDGE_BLOCK;
      if (base3) add_run(block, run, x + (size_t)begin * EDGE_BASE3_STEP, 1, &book, y);
      else add_run(block, run, x + (size_t)begin * EDGE_TWO_BIT_STEP, 0, &book, y);
    }
  }
}

#endif
