/* NEON: a tile of 64 rows by many vectors, a slice of the depth after the other. The slice's weights
 * are unpacked once, to a byte each, and stay in the first cache. */
#ifndef EDGE_DECODER_NEON_MATRIX_H
#define EDGE_DECODER_NEON_MATRIX_H

#include "neon_sums.h"

enum { STEPS = 64 }; /* of four weights each, in a slice: less than 16 bits hold */

static void unpack_fields(uint8x16_t fields, uint8_t *out) {
  vst1q_u8(out, trits_of(fields));
  vst1q_u8(out + EDGE_BLOCK, trits_of(vshrq_n_u8(fields, 2)));
  vst1q_u8(out + 2 * EDGE_BLOCK, trits_of(vshrq_n_u8(fields, 4)));
  vst1q_u8(out + 3 * EDGE_BLOCK, vshrq_n_u8(fields, 6));
}

/* `count` blocks of one group to a row vector of 64 bytes for each step. */
static void unpack(int base3, const uint8_t *block, uint32_t count, uint8_t *out) {
  const struct code_book book = code_book();
  for (uint32_t i = 0; i < 4 * count; i++) {
    const uint8x16_t bytes = vld1q_u8(block + (size_t)i * QUARTER);
    uint8_t *to = out + (size_t)(i / 4) * (base3 ? 5 : 4) * EDGE_BLOCK + i % 4 * QUARTER;
    uint8x16_t fifth;
    if (!base3) {
      unpack_fields(bytes, to);
      continue;
    }
    unpack_fields(fields_of(&book, bytes, &fifth), to);
    vst1q_u8(to + 4 * EDGE_BLOCK, fifth);
  }
}

struct column {
  struct sums quarter0, quarter1, quarter2, quarter3;
};

static inline struct column no_column(void) {
  return (struct column){no_sums(), no_sums(), no_sums(), no_sums()};
}

static inline void add_step(struct column *column, const uint8x16x4_t *weights,
                            const int8_t *x) {
  const int8x16_t four = broadcast(x);
  add(&column->quarter0, weights->val[0], four);
  add(&column->quarter1, weights->val[1], four);
  add(&column->quarter2, weights->val[2], four);
  add(&column->quarter3, weights->val[3], four);
}

static inline void add_column(const struct column *column, int32_t *y) {
  vst1q_s32(y, vaddq_s32(vld1q_s32(y), widened(&column->quarter0)));
  vst1q_s32(y + 4, vaddq_s32(vld1q_s32(y + 4), widened(&column->quarter1)));
  vst1q_s32(y + 8, vaddq_s32(vld1q_s32(y + 8), widened(&column->quarter2)));
  vst1q_s32(y + 12, vaddq_s32(vld1q_s32(y + 12), widened(&column->quarter3)));
}

static void two_columns(const uint8_t *weights, uint32_t steps, const int8_t *x, size_t stride,
                        int32_t *y) {
  struct column first = no_column(), second = first;
  for (; steps > 0; steps--, weights += EDGE_BLOCK, x += 4) {
    const uint8x16x4_t rows = vld1q_u8_x4(weights);
    add_step(&first, &rows, x);
    add_step(&second, &rows, x + stride);
  }
  add_column(&first, y);
  add_column(&second, y + 64);
}

static void one_column(const uint8_t *weights, uint32_t steps, const int8_t *x, int32_t *y) {
  struct column column = no_column();
  for (; steps > 0; steps--, weights += EDGE_BLOCK, x += 4) {
    const uint8x16x4_t rows = vld1q_u8_x4(weights);
    add_step(&column, &rows, x);
  }
  add_column(&column, y);
}

static void all_columns(const uint8_t *weights, uint32_t steps, const int8_t *x, size_t stride,
                        uint32_t columns, int32_t *y) {
  for (; columns >= 2; columns -= 2, x += 2 * stride, y += 2 * 64)
    two_columns(weights, steps, x, stride, y);
  if (columns > 0) one_column(weights, steps, x, y);
}

static void begin_outputs(const int32_t *x_sums, uint32_t columns, uint32_t groups, int32_t *y) {
  for (uint32_t c = 0; c < columns; c++)
    for (uint32_t i = 0; i < groups * EDGE_GROUP; i++) y[64 * (size_t)c + i] = -x_sums[c];
}

static void ternary_matrix(const struct edge_matrix *matrix, uint32_t group, uint32_t groups,
                           const int8_t *x, size_t x_stride, const int32_t *x_sums,
                           uint32_t columns, uint8_t *scratch, int32_t *y) {
  const int base3 = matrix->packing == EDGE_BASE3;
  const uint32_t blocks =
      (uint32_t)(edge_group_bytes(matrix->packing, matrix->depth) / EDGE_BLOCK);
  const uint32_t step = base3 ? 5 : 4, most = STEPS / step;
  begin_outputs(x_sums, columns, groups, y);
  for (uint32_t first = 0; first < blocks; first += most, x += (size_t)4 * step * most) {
    const uint32_t count = blocks - first < most ? blocks - first : most;
    for (uint32_t i = 0; i < groups; i++) {
      const uint8_t *block = edge_group(matrix, group + i) + (size_t)first * EDGE_BLOCK;
      unpack(base3, block, count, scratch);
      all_columns(scratch, count * step, x, x_stride, columns, y + EDGE_GROUP * i);
    }
  }
}

#endif
