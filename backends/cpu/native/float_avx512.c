/* The float loops for AVX-512. */
#if defined(__x86_64__)
#include <immintrin.h>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq"))), \
                             apply_to = function)
#else
#pragma GCC target("avx512f,avx512bw,avx512dq")
#endif

#define WIDTH 16
#define OWN_BYTES
#include "lanes.h"

#include "decoder.h"
#include "float_forms.h"
#include "floats.h"

INLINE lanes load_half(const uint16_t *from) {
  return (lanes){{(float_part)_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)from))}};
}

INLINE void store_half(uint16_t *to, lanes x) {
  _mm256_storeu_si256((__m256i *)to,
                      _mm512_cvtps_ph((__m512)x.part[0], _MM_FROUND_TO_NEAREST_INT));
}

INLINE int_lanes load_bytes(const int8_t *from) {
  return (int_lanes){{(int_part)_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)from))}};
}

INLINE void store_bytes(int8_t *to, int_lanes x) {
  _mm_storeu_si128((__m128i *)to, _mm512_cvtepi32_epi8((__m512i)x.part[0]));
}

#define FORM edge_floats_avx512
#define FORM_NAME "avx512"
#include "float_body.h"

#if defined(__clang__)
#pragma clang attribute pop
#endif
#else
typedef int edge_floats_avx512_is_for_x86;
#endif
