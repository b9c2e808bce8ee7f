/* A product is below 2^22 in magnitude, so 32 bits hold the sum of 256 and more of them. */
#include "products_dot.h"

enum { CHUNK = 256 };

int64_t edge_nand_dot_plain(const int8_t *w, const int16_t *x, uint32_t count, int8_t flip) {
  int64_t sum = 0;
  for (uint32_t first = 0; first < count; first += CHUNK) {
    const uint32_t end = count - first < CHUNK ? count : first + CHUNK;
    int32_t part = 0;
    for (uint32_t i = first; i < end; i++) part += (int32_t)(w[i] ^ flip) * x[i];
    sum += part;
  }
  return sum;
}

#if defined(__x86_64__)
#include <immintrin.h>

/* A lane of the accumulator takes two products of 16 at a time: 4 * LANES * 2^23 stay below 2^31. */
enum { STEP = 16, LANES = 32 };

__attribute__((target("avx2"))) static __m256i load_x(const int16_t *x) {
  return _mm256_loadu_si256((const __m256i *)(const void *)x);
}

__attribute__((target("avx2"))) static __m256i load_w(const int8_t *w, __m256i flips) {
  const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)w);
  return _mm256_xor_si256(_mm256_cvtepi8_epi16(bytes), flips);
}

/* The sum of eight lanes, which 32 bits need not hold. */
__attribute__((target("avx2"))) static int64_t added(__m256i lanes) {
  const __m256i low = _mm256_cvtepi32_epi64(_mm256_castsi256_si128(lanes));
  const __m256i high = _mm256_cvtepi32_epi64(_mm256_extracti128_si256(lanes, 1));
  const __m256i four = _mm256_add_epi64(low, high);
  const __m128i two =
      _mm_add_epi64(_mm256_castsi256_si128(four), _mm256_extracti128_si256(four, 1));
  return _mm_cvtsi128_si64(_mm_add_epi64(two, _mm_unpackhi_epi64(two, two)));
}

__attribute__((target("avx2"))) static int64_t dot_avx2(const int8_t *w, const int16_t *x,
                                                        uint32_t count, int8_t flip) {
  const __m256i flips = _mm256_set1_epi16(flip);
  const uint32_t whole = count / STEP * STEP;
  int64_t sum = 0;
  for (uint32_t at = 0; at < whole;) {
    const uint32_t end = whole - at < 4 * LANES * STEP ? whole : at + 4 * LANES * STEP;
    __m256i one = _mm256_setzero_si256(), two = one;
    for (; end - at >= 2 * STEP; at += 2 * STEP) {
      one = _mm256_add_epi32(one, _mm256_madd_epi16(load_w(w + at, flips), load_x(x + at)));
      two = _mm256_add_epi32(
          two, _mm256_madd_epi16(load_w(w + at + STEP, flips), load_x(x + at + STEP)));
    }
    if (at < end) {
      one = _mm256_add_epi32(one, _mm256_madd_epi16(load_w(w + at, flips), load_x(x + at)));
      at += STEP;
    }
    sum += added(_mm256_add_epi32(one, two));
  }
  return sum + edge_nand_dot_plain(w + whole, x + whole, count - whole, flip);
}
#endif

edge_nand_dot *edge_nand_best_dot(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return dot_avx2;
#endif
  return edge_nand_dot_plain;
}
