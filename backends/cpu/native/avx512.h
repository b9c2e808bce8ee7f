/* What the files of the AVX-512 form share. Functions marked EDGE_AVX512 are compiled for
 * processors with VNNI and VBMI, whatever the compiler's own flags. */
#ifndef EDGE_DECODER_AVX512_H
#define EDGE_DECODER_AVX512_H

#include <immintrin.h>

#include "layout.h"

#define EDGE_AVX512 \
  __attribute__((target("avx2,f16c,avx512f,avx512bw,avx512dq,avx512vbmi,avx512vnni")))

/* How far the weights are asked for in advance; less does not hide the way to memory, more only
 * pushes other things out of the first cache. */
enum { EDGE_AHEAD = 8192 };

void edge_avx512_ternary_vector(const struct edge_matrix *matrix, uint32_t group,
                                uint32_t groups, const int8_t *x, int32_t x_sum, int32_t *y);
void edge_avx512_ternary_matrix(const struct edge_matrix *matrix, uint32_t group,
                                uint32_t groups, const int8_t *x, size_t x_stride,
                                const int32_t *x_sums, uint32_t columns, uint8_t *scratch,
                                int32_t *y);
void edge_avx512_head_vector(const struct edge_matrix *matrix, uint32_t group, uint32_t groups,
                             const int8_t *high, const int8_t *low, int32_t x_sum, float x_scale,
                             float *y);

typedef int32_t edge_four __attribute__((may_alias, aligned(1))); /* four neighbouring x */

/* sum + weights * x for the four weights of each row. Written out because gcc 12 copies the sums
 * from register to register around its own form of this instruction. */
EDGE_AVX512 static inline __m512i edge_dot(__m512i sum, __m512i weights, const int8_t *x) {
  __asm__("vpdpbusd %2%{1to16%}, %1, %0" : "+v"(sum) : "v"(weights), "m"(*(const edge_four *)x));
  return sum;
}

EDGE_AVX512 static inline __m512i edge_load(const uint8_t *block) {
  return _mm512_load_si512((const void *)block);
}

/* The code book of base 3; see layout.h. */
struct edge_code_book {
  __m512i fields, page3_fields, page3_fifth;
};

EDGE_AVX512 static inline struct edge_code_book edge_code_book(void) {
  static const uint8_t fields[64] __attribute__((aligned(64))) = EDGE_TABLE(EDGE_FIELDS);
  static const uint8_t page3[64] __attribute__((aligned(64))) = EDGE_TABLE(EDGE_PAGE3_FIELDS);
  static const uint8_t fifth[64] __attribute__((aligned(64))) = EDGE_TABLE(EDGE_PAGE3_FIFTH);
  return (struct edge_code_book){edge_load(fields), edge_load(page3), edge_load(fifth)};
}

/* The first four trits of each byte in fields of two bits, and the fifth in the top two bits, with
 * others below it. The permutations look at the low six bits only. */
EDGE_AVX512 static inline __m512i edge_fields(const struct edge_code_book *book, __m512i bytes,
                                  __m512i *fifth) {
  const __mmask64 page3 = _mm512_cmpge_epu8_mask(bytes, _mm512_set1_epi8((char)EDGE_PAGE3));
  const __m512i fields = _mm512_permutexvar_epi8(bytes, book->fields);
  *fifth = _mm512_mask_permutexvar_epi8(bytes, page3, bytes, book->page3_fifth);
  return _mm512_mask_permutexvar_epi8(fields, page3, bytes, book->page3_fields);
}

EDGE_AVX512 static inline __m512i edge_and(__m512i bytes, int mask) {
  return _mm512_and_si512(bytes, _mm512_set1_epi8((char)mask));
}

#endif
