/* The float loops for AVX2 with F16C. */
#if defined(__x86_64__)
#include <immintrin.h>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,f16c"))), apply_to = function)
#else
#pragma GCC target("avx2,f16c")
#endif

#define WIDTH 8
#define OWN_BYTES
#include "lanes.h"

#include "decoder.h"
#include "float_forms.h"
#include "floats.h"

INLINE lanes load_half(const uint16_t *from) {
#define E(i) (float_part)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(from + 8 * (i))))
  return (lanes)EACH(E);
#undef E
}

INLINE void store_half(uint16_t *to, lanes x) {
  for (int i = 0; i < 2; i++)
    _mm_storeu_si128((__m128i *)(to + 8 * i),
                     _mm256_cvtps_ph((__m256)x.part[i], _MM_FROUND_TO_NEAREST_INT));
}

INLINE int_lanes load_bytes(const int8_t *from) {
#define E(i) (int_part)_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(from + 8 * (i))))
  return (int_lanes)EACH(E);
#undef E
}

/* Low bytes to the front of each half, then the four of each half together. */
INLINE void store_bytes(int8_t *to, int_lanes x) {
  const __m256i low = _mm256_setr_epi8(0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
                                       0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
  const __m256i fours = _mm256_setr_epi32(0, 4, 2, 2, 2, 2, 2, 2);
  for (int i = 0; i < 2; i++) {
    const __m256i bytes = _mm256_shuffle_epi8((__m256i)x.part[i], low);
    _mm_storel_epi64((__m128i *)(to + 8 * i),
                     _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(bytes, fours)));
  }
}

#define FORM edge_floats_avx2
#define FORM_NAME "avx2"
#include "float_body.h"

#if defined(__clang__)
#pragma clang attribute pop
#endif
#else
typedef int edge_floats_avx2_is_for_x86;
#endif
