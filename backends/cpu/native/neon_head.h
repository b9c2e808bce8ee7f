/* NEON: the head of a decoder, EDGE_INT8 and EDGE_INT4, by one vector of two bytes an entry. */
#ifndef EDGE_DECODER_NEON_HEAD_H
#define EDGE_DECODER_NEON_HEAD_H

#include "int8_head.h"
#include "neon_sums.h"

/* Sums of the four rows of a quarter, by each byte of the activations. */
struct pair {
  int32x4_t high, low;
};

static inline struct pair no_pair(void) {
  return (struct pair){vdupq_n_s32(0), vdupq_n_s32(0)};
}

static inline void add_pair(struct pair *sums, int8x16_t weights, const int8_t *high,
                            const int8_t *low) {
  sums->high = dot(sums->high, weights, broadcast(high));
  sums->low = dot(sums->low, weights, broadcast(low));
}

static void int8_quarter(const uint8_t *quarter, uint32_t count, const int8_t *high,
                         const int8_t *low, int64_t *sums) {
  struct pair pair = no_pair();
  for (; count > 0; count--, quarter += EDGE_BLOCK, high += 4, low += 4) {
    const uint8x16_t bytes = veorq_u8(vld1q_u8(quarter), vdupq_n_u8(0x80));
    add_pair(&pair, vreinterpretq_s8_u8(bytes), high, low);
  }
  const int64x2_t low01 = vmovl_s32(vget_low_s32(pair.low)), low23 = vmovl_high_s32(pair.low);
  vst1q_s64(sums, vaddq_s64(low01, vshll_n_s32(vget_low_s32(pair.high), 7)));
  vst1q_s64(sums + 2, vaddq_s64(low23, vshll_high_n_s32(pair.high, 7)));
}

/* Exact sums of a span's levels * x. */
static inline int32x4_t int4_span(const uint8_t *quarter, int8x16_t levels, const int8_t *high,
                                  const int8_t *low) {
  struct pair pair = no_pair();
  for (uint32_t b = 0; b < 8; b++, quarter += EDGE_BLOCK, high += 8, low += 8) {
    const uint8x16_t bytes = vld1q_u8(quarter);
    add_pair(&pair, vqtbl1q_s8(levels, vandq_u8(bytes, vdupq_n_u8(15))), high, low);
    add_pair(&pair, vqtbl1q_s8(levels, vshrq_n_u8(bytes, 4)), high + 4, low + 4);
  }
  return vaddq_s32(vshlq_n_s32(pair.high, 7), pair.low);
}

static inline float32x4_t plus_scaled(float32x4_t y, const uint8_t *scales, int32x4_t sums) {
  const uint16x4_t bits = vreinterpret_u16_u8(vld1_u8(scales));
  const float32x4_t scale = vcvt_f32_f16(vreinterpret_f16_u16(bits));
  return vaddq_f32(y, vmulq_f32(scale, vcvtq_f32_s32(sums)));
}

static float32x4_t int4_quarter(const uint8_t *block, uint32_t quarter, uint32_t depth,
                                const int8_t *high, const int8_t *low) {
  static const int8_t sixteen[16] = EDGE_INT4_LEVELS;
  const int8x16_t levels = vld1q_s8(sixteen);
  float32x4_t y = vdupq_n_f32(0);
  for (uint32_t span = 0; span < edge_steps(depth, EDGE_INT4_DEPTH) * 2; span++) {
    const uint8_t *first = block + span / 2 * EDGE_INT4_BYTES, *scales = first + span % 2 * 32;
    const uint8_t *weights = first + (1 + span % 2 * 8) * EDGE_BLOCK + quarter * QUARTER;
    const uint32_t k = span * EDGE_INT4_SPAN;
    y = plus_scaled(y, scales + 8 * quarter, int4_span(weights, levels, high + k, low + k));
  }
  return y;
}

static void head_vector(const struct edge_matrix *matrix, uint32_t group, uint32_t groups,
                        const int8_t *high, const int8_t *low, int32_t x_sum, float x_scale,
                        float *y) {
  const uint32_t count = edge_steps(matrix->depth, EDGE_INT8_STEP);
  const float32x4_t scale = vdupq_n_f32(x_scale * (1.0f / 128));
  (void)x_sum; /* the weights of EDGE_INT8 lose their 128 before they are multiplied */
  for (uint32_t i = 0; i < groups; i++, y += EDGE_GROUP) {
    const uint8_t *block = edge_group(matrix, group + i);
    int64_t sums[EDGE_GROUP];
    for (uint32_t q = 0; q < 4; q++)
      if (matrix->packing == EDGE_INT4)
        vst1q_f32(y + 4 * q,
                  vmulq_f32(int4_quarter(block, q, matrix->depth, high, low), scale));
      else
        int8_quarter(block + q * QUARTER, count, high, low, sums + 4 * q);
    if (matrix->packing != EDGE_INT4)
      edge_int8_outputs(matrix, group + i, sums, 0, x_scale, y);
  }
}

#endif
