/* AVX2: the head of a decoder, EDGE_INT8 and EDGE_INT4. The vector's two bytes an entry become one
 * number of 16 bits, and weights are widened to 16 bits to meet it. */
#if defined(__x86_64__)
#include "avx2.h"
#include "forms.h"
#include "int8_head.h"

enum {
  AHEAD = 4096,
  RUN = 64, /* blocks of EDGE_INT8 whose sums fit 32 bits: 256 products of 255 * 16512 */
};

typedef int64_t four_entries __attribute__((may_alias));

/* Of the four rows in 16 bytes of a block, two neighbouring sums of 32 bits each. */
struct sums {
  __m256i rows0, rows4, rows8, rows12;
};

EDGE_AVX2 static inline struct sums no_sums(void) {
  const __m256i zero = _mm256_setzero_si256();
  return (struct sums){zero, zero, zero, zero};
}

EDGE_AVX2 static inline __m256i plus(__m256i sums, __m256i weights, __m256i x) {
  return _mm256_add_epi32(sums, _mm256_madd_epi16(weights, x));
}

EDGE_AVX2 static inline __m256i entries(const int16_t *x) {
  return _mm256_set1_epi64x(*(const four_entries *)x);
}

/* Two neighbours of each row become one: rows in their order. */
EDGE_AVX2 static inline __m256i joined(__m256i rows0, __m256i rows4) {
  return _mm256_permute4x64_epi64(_mm256_hadd_epi32(rows0, rows4), 0xD8);
}

EDGE_AVX2 static inline __m256i unsigned_bytes(const uint8_t *bytes) {
  return _mm256_cvtepu8_epi16(_mm_load_si128((const void *)bytes));
}

EDGE_AVX2 static inline void add_int8(struct sums *sums, const uint8_t *block, __m256i x) {
  sums->rows0 = plus(sums->rows0, unsigned_bytes(block), x);
  sums->rows4 = plus(sums->rows4, unsigned_bytes(block + 16), x);
  sums->rows8 = plus(sums->rows8, unsigned_bytes(block + 32), x);
  sums->rows12 = plus(sums->rows12, unsigned_bytes(block + 48), x);
}

EDGE_AVX2 static void add_totals(const struct sums *sums, int64_t *totals) {
  int32_t rows[EDGE_GROUP];
  _mm256_storeu_si256((void *)rows, joined(sums->rows0, sums->rows4));
  _mm256_storeu_si256((void *)(rows + 8), joined(sums->rows8, sums->rows12));
  for (uint32_t i = 0; i < EDGE_GROUP; i++) totals[i] += rows[i];
}

EDGE_AVX2 static void int8_group(const uint8_t *block, uint32_t count, const int16_t *x,
                                 int64_t *totals) {
  for (uint32_t i = 0; i < EDGE_GROUP; i++) totals[i] = 0;
  for (uint32_t begin = 0; begin < count; begin += RUN) {
    struct sums sums = no_sums();
    const uint32_t end = count - begin < RUN ? count : begin + RUN;
    for (uint32_t b = begin; b < end; b++, block += EDGE_BLOCK) {
      _mm_prefetch((const char *)block + AHEAD, _MM_HINT_T0);
      add_int8(&sums, block, entries(x + 4 * (size_t)b));
    }
    add_totals(&sums, totals);
  }
}

EDGE_AVX2 static inline __m256i levels_of(__m256i indices) {
  static const int8_t levels[16] = EDGE_INT4_LEVELS;
  const __m128i sixteen = _mm_loadu_si128((const void *)levels);
  return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(sixteen), indices);
}

EDGE_AVX2 static inline __m256i low_rows(__m256i bytes) {
  return _mm256_cvtepi8_epi16(_mm256_castsi256_si128(bytes));
}

EDGE_AVX2 static inline __m256i high_rows(__m256i bytes) {
  return _mm256_cvtepi8_epi16(_mm256_extracti128_si256(bytes, 1));
}

EDGE_AVX2 static inline void add_levels(struct sums *sums, __m256i upper, __m256i lower,
                                        __m256i x) {
  sums->rows0 = plus(sums->rows0, low_rows(upper), x);
  sums->rows4 = plus(sums->rows4, high_rows(upper), x);
  sums->rows8 = plus(sums->rows8, low_rows(lower), x);
  sums->rows12 = plus(sums->rows12, high_rows(lower), x);
}

EDGE_AVX2 static inline struct sums int4_span(const uint8_t *block, const int16_t *x) {
  struct sums sums = no_sums();
  for (uint32_t b = 0; b < 8; b++, block += EDGE_BLOCK, x += EDGE_INT4_STEP) {
    const __m256i upper = edge_load(block), lower = edge_load(block + EDGE_HALF);
    _mm_prefetch((const char *)block + AHEAD, _MM_HINT_T0);
    add_levels(&sums, levels_of(edge_and(upper, 0x0F)), levels_of(edge_and(lower, 0x0F)),
               entries(x));
    add_levels(&sums, levels_of(edge_down(upper, 4, 0x0F)), levels_of(edge_down(lower, 4, 0x0F)),
               entries(x + 4));
  }
  return sums;
}

EDGE_AVX2 static inline __m256 plus_scaled(__m256 y, const uint8_t *scales, __m256i sums) {
  const __m256 scale = _mm256_cvtph_ps(_mm_loadu_si128((const void *)scales));
  return _mm256_add_ps(y, _mm256_mul_ps(scale, _mm256_cvtepi32_ps(sums)));
}

EDGE_AVX2 static void int4_group(const uint8_t *block, uint32_t depth, const int16_t *x,
                                 float x_scale, float *y) {
  const __m256 scale = _mm256_set1_ps(x_scale * (1.0f / 128));
  __m256 upper = _mm256_setzero_ps(), lower = upper;
  for (uint32_t k = 0; k < depth; k += EDGE_INT4_DEPTH, block += EDGE_INT4_BYTES)
    for (uint32_t half = 0; half < 2; half++) {
      const uint8_t *scales = block + 32 * half;
      const struct sums sums = int4_span(block + (1 + 8 * half) * EDGE_BLOCK,
                                         x + k + half * EDGE_INT4_SPAN);
      upper = plus_scaled(upper, scales, joined(sums.rows0, sums.rows4));
      lower = plus_scaled(lower, scales + 16, joined(sums.rows8, sums.rows12));
    }
  _mm256_storeu_ps(y, _mm256_mul_ps(upper, scale));
  _mm256_storeu_ps(y + 8, _mm256_mul_ps(lower, scale));
}

static void head_vector(const struct edge_matrix *matrix, uint32_t group, uint32_t groups,
                        const int8_t *high, const int8_t *low, int32_t x_sum, float x_scale,
                        float *y) {
  const uint32_t entries = edge_padded_depth(matrix->packing, matrix->depth);
  int16_t x[EDGE_DEPTH_LIMIT];
  int64_t totals[EDGE_GROUP];
  for (uint32_t k = 0; k < entries; k++) x[k] = (int16_t)(128 * high[k] + low[k]);
  for (uint32_t i = 0; i < groups; i++, y += EDGE_GROUP) {
    const uint8_t *block = edge_group(matrix, group + i);
    if (matrix->packing == EDGE_INT4) {
      int4_group(block, matrix->depth, x, x_scale, y);
      continue;
    }
    int8_group(block, entries / EDGE_INT8_STEP, x, totals);
    edge_int8_outputs(matrix, group + i, totals, x_sum, x_scale, y);
  }
}

const struct edge_kernels edge_form_avx2 = {"avx2", EDGE_TWO_BIT, edge_avx2_ternary_vector,
                                            edge_avx2_ternary_matrix, head_vector};
#endif
