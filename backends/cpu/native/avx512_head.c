/* AVX-512: the head of a decoder, EDGE_INT8 and EDGE_INT4, by one vector of two bytes an entry. */
#if defined(__x86_64__)
#include "avx512.h"
#include "forms.h"
#include "int8_head.h"

enum { SPANS = EDGE_DEPTH_LIMIT / EDGE_INT4_SPAN };

EDGE_AVX512 static inline void prefetch(const uint8_t *block) {
  _mm_prefetch((const char *)block + EDGE_AHEAD, _MM_HINT_T0);
}

struct pair {
  __m512i high, low;
};

EDGE_AVX512 static inline void add(struct pair *sums, __m512i weights, const int8_t *high,
                                   const int8_t *low) {
  sums->high = edge_dot(sums->high, weights, high);
  sums->low = edge_dot(sums->low, weights, low);
}

/* 128 high + low in 64 bits. */
EDGE_AVX512 static inline __m512i joined(__m256i high, __m256i low) {
  const __m512i wide = _mm512_slli_epi64(_mm512_cvtepi32_epi64(high), 7);
  return _mm512_add_epi64(wide, _mm512_cvtepi32_epi64(low));
}

EDGE_AVX512 static void int8_group(const uint8_t *block, uint32_t count, const int8_t *high,
                                   const int8_t *low, int64_t *sums) {
  const __m512i zero = _mm512_setzero_si512();
  struct pair a = {zero, zero}, b = a, c = a, d = a;
  for (; count >= 4; count -= 4, block += 4 * EDGE_BLOCK, high += 16, low += 16) {
    for (uint32_t i = 0; i < 4; i++) prefetch(block + i * EDGE_BLOCK);
    add(&a, edge_load(block), high, low);
    add(&b, edge_load(block + EDGE_BLOCK), high + 4, low + 4);
    add(&c, edge_load(block + 2 * EDGE_BLOCK), high + 8, low + 8);
    add(&d, edge_load(block + 3 * EDGE_BLOCK), high + 12, low + 12);
  }
  for (; count > 0; count--, block += EDGE_BLOCK, high += 4, low += 4)
    add(&a, edge_load(block), high, low);
  a.high = _mm512_add_epi32(_mm512_add_epi32(a.high, b.high), _mm512_add_epi32(c.high, d.high));
  a.low = _mm512_add_epi32(_mm512_add_epi32(a.low, b.low), _mm512_add_epi32(c.low, d.low));
  _mm512_storeu_si512(sums, joined(_mm512_castsi512_si256(a.high), _mm512_castsi512_si256(a.low)));
  _mm512_storeu_si512(sums + 8, joined(_mm512_extracti64x4_epi64(a.high, 1),
                                       _mm512_extracti64x4_epi64(a.low, 1)));
}

/* The levels of EDGE_INT4 plus 128, four times: the permutation looks at six bits, of which the
 * upper two belong to a neighbour. */
EDGE_AVX512 static inline __m512i biased_levels(void) {
  static const int8_t levels[16] = EDGE_INT4_LEVELS;
  const __m512i table = _mm512_broadcast_i32x4(_mm_loadu_si128((const void *)levels));
  return _mm512_xor_si512(table, _mm512_set1_epi8((char)0x80));
}

/* One span's exact sums of level * x: 128 high + low, less the bias. */
EDGE_AVX512 static inline __m512i int4_span(const uint8_t *block, __m512i levels,
                                            const int8_t *high, const int8_t *low,
                                            int32_t bias) {
  const __m512i zero = _mm512_setzero_si512();
  struct pair even = {zero, zero}, odd = {zero, zero};
  for (uint32_t b = 0; b < 8; b++, block += EDGE_BLOCK, high += 8, low += 8) {
    const __m512i bytes = edge_load(block);
    prefetch(block);
    add(&even, _mm512_permutexvar_epi8(bytes, levels), high, low);
    add(&odd, _mm512_permutexvar_epi8(_mm512_srli_epi16(bytes, 4), levels), high + 4, low + 4);
  }
  const __m512i high_sum = _mm512_add_epi32(even.high, odd.high);
  const __m512i sum = _mm512_add_epi32(_mm512_slli_epi32(high_sum, 7),
                                       _mm512_add_epi32(even.low, odd.low));
  return _mm512_sub_epi32(sum, _mm512_set1_epi32(bias));
}

EDGE_AVX512 static inline __m512 plus_scaled(__m512 y, const uint8_t *scales, __m512i sums) {
  const __m512 scale = _mm512_cvtph_ps(_mm256_loadu_si256((const void *)scales));
  return _mm512_add_ps(y, _mm512_mul_ps(scale, _mm512_cvtepi32_ps(sums)));
}

EDGE_AVX512 static inline __m512 int4_group(const uint8_t *block, uint32_t depth,
                                            const int8_t *high, const int8_t *low,
                                            const int32_t *biases) {
  const __m512i levels = biased_levels();
  __m512 y = _mm512_setzero_ps();
  for (uint32_t k = 0; k < depth; k += EDGE_INT4_DEPTH, block += EDGE_INT4_BYTES, biases += 2) {
    const uint8_t *second = block + 9 * EDGE_BLOCK;
    prefetch(block);
    const __m512i a = int4_span(block + EDGE_BLOCK, levels, high + k, low + k, biases[0]);
    const __m512i b = int4_span(second, levels, high + k + 64, low + k + 64, biases[1]);
    y = plus_scaled(plus_scaled(y, block, a), block + 32, b);
  }
  return y;
}

/* What the 128 in each level adds to a span's sum. */
static void find_biases(uint32_t depth, const int8_t *high, const int8_t *low, int32_t *biases) {
  for (uint32_t span = 0; span < edge_steps(depth, EDGE_INT4_DEPTH) * 2; span++) {
    biases[span] = 0;
    for (uint32_t k = span * EDGE_INT4_SPAN; k < (span + 1) * EDGE_INT4_SPAN; k++)
      biases[span] += 128 * (128 * high[k] + low[k]);
  }
}

EDGE_AVX512 static void int4_vector(const struct edge_matrix *matrix, uint32_t group,
                                    uint32_t groups, const int8_t *high, const int8_t *low,
                                    float x_scale, float *y) {
  const __m512 scale = _mm512_set1_ps(x_scale * (1.0f / 128));
  int32_t biases[SPANS];
  find_biases(matrix->depth, high, low, biases);
  for (uint32_t i = 0; i < groups; i++) {
    const uint8_t *block = edge_group(matrix, group + i);
    const __m512 sums = int4_group(block, matrix->depth, high, low, biases);
    _mm512_storeu_ps(y + EDGE_GROUP * i, _mm512_mul_ps(sums, scale));
  }
}

EDGE_AVX512 void edge_avx512_head_vector(const struct edge_matrix *matrix, uint32_t group,
                                         uint32_t groups, const int8_t *high, const int8_t *low,
                                         int32_t x_sum, float x_scale, float *y) {
  if (matrix->packing == EDGE_INT4) {
    int4_vector(matrix, group, groups, high, low, x_scale, y);
    return;
  }
  const uint32_t count = edge_steps(matrix->depth, EDGE_INT8_STEP);
  for (uint32_t i = 0; i < groups; i++) {
    int64_t sums[EDGE_GROUP];
    int8_group(edge_group(matrix, group + i), count, high, low, sums);
    edge_int8_outputs(matrix, group + i, sums, x_sum, x_scale, y + EDGE_GROUP * i);
  }
}

const struct edge_kernels edge_form_avx512 = {"avx512", EDGE_BASE3, edge_avx512_ternary_vector,
                                              edge_avx512_ternary_matrix,
                                              edge_avx512_head_vector};
#endif
