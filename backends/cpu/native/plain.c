/* The kernels in plain C: the oracle of all the other forms, and what any machine can run. */
#include "float16.h"
#include "forms.h"
#include "int8_head.h"
#include "layout.h"

static const uint8_t FIELDS[64] = EDGE_TABLE(EDGE_FIELDS);
static const uint8_t PAGE3_FIELDS[64] = EDGE_TABLE(EDGE_PAGE3_FIELDS);
static const uint8_t PAGE3_FIFTH[64] = EDGE_TABLE(EDGE_PAGE3_FIFTH);

/* The trits of a byte, two bits each, the first one lowest. */
static inline uint32_t fields_of(uint32_t packing, uint8_t byte) {
  if (packing == EDGE_TWO_BIT) return byte;
  if (byte < EDGE_PAGE3) return FIELDS[byte & 63] | (uint32_t)(byte & 0xC0) << 2;
  return PAGE3_FIELDS[byte & 63] | (uint32_t)PAGE3_FIFTH[byte & 63] << 2;
}

/* Adds a block's part of the sums, with trits for weights: one too much for each x. */
static void add_block(uint32_t packing, const uint8_t *block, const int8_t *x, int32_t *y) {
  const uint32_t step = packing == EDGE_BASE3 ? EDGE_BASE3_STEP : EDGE_TWO_BIT_STEP;
  for (uint32_t at = 0; at < EDGE_BLOCK; at++) {
    uint32_t fields = fields_of(packing, block[at]);
    int32_t sum = 0;
    for (uint32_t k = at % 4; k < step; k += 4, fields >>= 2) sum += (int32_t)(fields & 3) * x[k];
    y[at / 4] += sum;
  }
}

static void ternary_vector(const struct edge_matrix *matrix, uint32_t group, uint32_t groups,
                           const int8_t *x, int32_t x_sum, int32_t *y) {
  const uint32_t step = matrix->packing == EDGE_BASE3 ? EDGE_BASE3_STEP : EDGE_TWO_BIT_STEP;
  for (uint32_t i = 0; i < groups; i++, y += EDGE_GROUP) {
    const uint8_t *block = edge_group(matrix, group + i);
    for (uint32_t row = 0; row < EDGE_GROUP; row++) y[row] = -x_sum;
    for (uint32_t k = 0; k < matrix->depth; k += step, block += EDGE_BLOCK)
      add_block(matrix->packing, block, x + k, y);
  }
}

static void ternary_matrix(const struct edge_matrix *matrix, uint32_t group, uint32_t groups,
                           const int8_t *x, size_t x_stride, const int32_t *x_sums,
                           uint32_t columns, uint8_t *scratch, int32_t *y) {
  (void)scratch;
  for (uint32_t c = 0; c < columns; c++)
    ternary_vector(matrix, group, groups, x + c * x_stride, x_sums[c], y + (size_t)64 * c);
}

static void int8_sums(const uint8_t *block, uint32_t depth, const int8_t *high,
                      const int8_t *low, int64_t *sums) {
  for (uint32_t row = 0; row < EDGE_GROUP; row++) sums[row] = 0;
  for (uint32_t k = 0; k < depth; k += EDGE_INT8_STEP, block += EDGE_BLOCK)
    for (uint32_t at = 0; at < EDGE_BLOCK; at++)
      sums[at / 4] += block[at] * (128 * high[k + at % 4] + low[k + at % 4]);
}

static const int8_t LEVELS[16] = EDGE_INT4_LEVELS;

/* One span of 64 weights, eight blocks. */
static void int4_sums(const uint8_t *block, const int8_t *high, const int8_t *low, int32_t *sums) {
  for (uint32_t row = 0; row < EDGE_GROUP; row++) sums[row] = 0;
  for (uint32_t k = 0; k < EDGE_INT4_SPAN; k += EDGE_INT4_STEP, block += EDGE_BLOCK)
    for (uint32_t at = 0; at < EDGE_BLOCK; at++) {
      const uint32_t first = k + at % 4, second = first + 4;
      sums[at / 4] += LEVELS[block[at] & 15] * (128 * high[first] + low[first]) +
                      LEVELS[block[at] >> 4] * (128 * high[second] + low[second]);
    }
}

/* The order that every form keeps to: span after span, one product and one sum, not fused. */
static void int4_group(const uint8_t *block, uint32_t depth, const int8_t *high,
                       const int8_t *low, float x_scale, float *y) {
  int32_t sums[EDGE_GROUP];
  for (uint32_t row = 0; row < EDGE_GROUP; row++) y[row] = 0;
  for (uint32_t k = 0; k < depth; k += EDGE_INT4_DEPTH, block += EDGE_INT4_BYTES)
    for (uint32_t half = 0; half < 2; half++) {
      const uint32_t span = k + half * EDGE_INT4_SPAN;
      int4_sums(block + (1 + 8 * half) * EDGE_BLOCK, high + span, low + span, sums);
      for (uint32_t row = 0; row < EDGE_GROUP; row++)
        y[row] += edge_float16_value(block + 32 * half + 2 * row) * (float)sums[row];
    }
  for (uint32_t row = 0; row < EDGE_GROUP; row++) y[row] *= x_scale * (1.0f / 128);
}

static void head_vector(const struct edge_matrix *matrix, uint32_t group, uint32_t groups,
                        const int8_t *high, const int8_t *low, int32_t x_sum, float x_scale,
                        float *y) {
  for (uint32_t i = 0; i < groups; i++, y += EDGE_GROUP) {
    const uint8_t *block = edge_group(matrix, group + i);
    int64_t sums[EDGE_GROUP];
    if (matrix->packing == EDGE_INT4) {
      int4_group(block, matrix->depth, high, low, x_scale, y);
      continue;
    }
    int8_sums(block, matrix->depth, high, low, sums);
    edge_int8_outputs(matrix, group + i, sums, x_sum, x_scale, y);
  }
}

const struct edge_kernels edge_form_plain = {"plain", EDGE_TWO_BIT, ternary_vector, ternary_matrix,
                                             head_vector};
