/* What the files of the AVX2 form share. Functions marked EDGE_AVX2 are compiled for processors with
 * it, whatever the compiler's own flags. A block is two halves: rows 0..7 and rows 8..15. */
#ifndef EDGE_DECODER_AVX2_H
#define EDGE_DECODER_AVX2_H

#include <immintrin.h>

#include "layout.h"

#define EDGE_AVX2 __attribute__((target("avx2,f16c")))

enum { EDGE_HALF = EDGE_BLOCK / 2 };

void edge_avx2_ternary_vector(const struct edge_matrix *matrix, uint32_t group, uint32_t groups,
                              const int8_t *x, int32_t x_sum, int32_t *y);
void edge_avx2_ternary_matrix(const struct edge_matrix *matrix, uint32_t group, uint32_t groups,
                              const int8_t *x, size_t x_stride, const int32_t *x_sums,
                              uint32_t columns, uint8_t *scratch, int32_t *y);

typedef int32_t edge_four __attribute__((may_alias, aligned(1))); /* four neighbouring x */

EDGE_AVX2 static inline __m256i edge_load(const uint8_t *half) {
  return _mm256_load_si256((const void *)half);
}

EDGE_AVX2 static inline __m256i edge_broadcast(const int8_t *x) {
  return _mm256_set1_epi32(*(const edge_four *)x);
}

EDGE_AVX2 static inline __m256i edge_and(__m256i bytes, int mask) {
  return _mm256_and_si256(bytes, _mm256_set1_epi8((char)mask));
}

/* sums + weights * x, byte pairs in 16 bits. The sum is written out because gcc 12 puts it into
 * another register each time, and copies it back. */
EDGE_AVX2 static inline __m256i edge_plus(__m256i sums, __m256i weights, __m256i x) {
  const __m256i products = _mm256_maddubs_epi16(weights, x);
  __asm__("vpaddw %1, %0, %0" : "+x"(sums) : "x"(products));
  return sums;
}

/* Sums of 16 bits to the sums of 32 bits of each row. */
EDGE_AVX2 static inline __m256i edge_widened(__m256i sums) {
  return _mm256_madd_epi16(sums, _mm256_set1_epi16(1));
}

/* Bits moved down inside each byte. */
EDGE_AVX2 static inline __m256i edge_down(__m256i bytes, int bits, int mask) {
  return edge_and(_mm256_srli_epi16(bytes, bits), mask);
}

/* A table of 64 bytes, looked up 16 at a time: where an index is not in a quarter, its copy for
 * that quarter has the top bit, which looks up 0. */
struct edge_index {
  __m256i quarter0, quarter1, quarter2, quarter3;
};

EDGE_AVX2 static inline __m256i edge_quarter(__m256i index, int begin) {
  const __m256i moved = _mm256_sub_epi8(index, _mm256_set1_epi8((char)begin));
  return _mm256_adds_epu8(moved, _mm256_set1_epi8(0x70));
}

EDGE_AVX2 static inline struct edge_index edge_index_of(__m256i bytes) {
  const __m256i low = edge_and(bytes, 0x3F);
  return (struct edge_index){edge_quarter(low, 0), edge_quarter(low, 16), edge_quarter(low, 32),
                             edge_quarter(low, 48)};
}

EDGE_AVX2 static inline __m256i edge_look(const uint8_t *table, __m256i index) {
  const __m128i sixteen = _mm_load_si128((const void *)table);
  return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(sixteen), index);
}

EDGE_AVX2 static inline __m256i edge_look_up(const uint8_t *table, const struct edge_index *i) {
  const __m256i a = _mm256_or_si256(edge_look(table, i->quarter0),
                                    edge_look(table + 16, i->quarter1));
  const __m256i b = _mm256_or_si256(edge_look(table + 32, i->quarter2),
                                    edge_look(table + 48, i->quarter3));
  return _mm256_or_si256(a, b);
}

/* Page 3 in one table: its fourth trit is always 2, so its fifth one can stand there. */
#define EDGE_PAGE3_BOTH(m) ((EDGE_PAGE3_FIELDS(m) & 0x3F) | EDGE_PAGE3_FIFTH(m))

/* The first four trits of each byte of base 3 in fields of two bits, and the fifth in the top two
 * bits, with others below it. */
EDGE_AVX2 static inline __m256i edge_fields(__m256i bytes, __m256i *fifth) {
  static const uint8_t fields[64] __attribute__((aligned(64))) = EDGE_TABLE(EDGE_FIELDS);
  static const uint8_t page3[64] __attribute__((aligned(64))) = EDGE_TABLE(EDGE_PAGE3_BOTH);
  const __m256i first = _mm256_set1_epi8((char)EDGE_PAGE3);
  const __m256i is_page3 = _mm256_cmpeq_epi8(_mm256_max_epu8(bytes, first), bytes);
  const struct edge_index index = edge_index_of(bytes);
  const __m256i both = edge_look_up(page3, &index);
  const __m256i there = _mm256_or_si256(edge_and(both, 0x3F), _mm256_set1_epi8((char)0x80));
  *fifth = _mm256_blendv_epi8(bytes, both, is_page3);
  return _mm256_blendv_epi8(edge_look_up(fields, &index), there, is_page3);
}

#endif
