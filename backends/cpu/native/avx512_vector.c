/* AVX-512: one ternary matrix by one vector. Bound by the memory that the weights come from.
 *
 * The fields of a byte are not shifted down: a field's weights stay 1, 4, 16 or 64 times too large,
 * each in a sum of its own, and the sums are shifted at the end. */
#if defined(__x86_64__)
#include "avx512.h"

/* Sums of the fields at bits 0, 2, 4 and 6; the last is base 3's fifth trit, at bit 6 too. */
struct sums {
  __m512i field0, field1, field2, field3, fifth;
};

EDGE_AVX512 static inline void add_fields(struct sums *sums, __m512i fields, const int8_t *x) {
  sums->field0 = edge_dot(sums->field0, edge_and(fields, 0x03), x);
  sums->field1 = edge_dot(sums->field1, edge_and(fields, 0x0C), x + 4);
  sums->field2 = edge_dot(sums->field2, edge_and(fields, 0x30), x + 8);
  sums->field3 = edge_dot(sums->field3, edge_and(fields, 0xC0), x + 12);
}

EDGE_AVX512 static inline void add_base3(struct sums *sums, const struct edge_code_book *book,
                             const uint8_t *block, const int8_t *x) {
  __m512i fifth;
  const __m512i fields = edge_fields(book, edge_load(block), &fifth);
  add_fields(sums, fields, x);
  sums->fifth = edge_dot(sums->fifth, edge_and(fifth, 0xC0), x + 16);
}

EDGE_AVX512 static inline struct sums no_sums(void) {
  const __m512i zero = _mm512_setzero_si512();
  return (struct sums){zero, zero, zero, zero, zero};
}

/* Adds the sums of a field to those of the field above it, which then count a quarter. */
EDGE_AVX512 static inline __m512i below(__m512i above, __m512i even, __m512i odd) {
  return _mm512_add_epi32(_mm512_srai_epi32(above, 2), _mm512_add_epi32(even, odd));
}

EDGE_AVX512 static inline __m512i sum_of_sums(const struct sums *even, const struct sums *odd) {
  __m512i all = _mm512_add_epi32(even->fifth, odd->fifth);
  all = _mm512_add_epi32(all, _mm512_add_epi32(even->field3, odd->field3));
  all = below(all, even->field2, odd->field2);
  all = below(all, even->field1, odd->field1);
  return below(all, even->field0, odd->field0);
}

EDGE_AVX512 static inline void prefetch(const uint8_t *block) {
  _mm_prefetch((const char *)block + EDGE_AHEAD, _MM_HINT_T0);
}

/* Two blocks in turn, so that no sum waits for itself. */
EDGE_AVX512 static inline __m512i base3_group(const uint8_t *block, uint32_t count, const int8_t *x) {
  const struct edge_code_book book = edge_code_book();
  struct sums even = no_sums(), odd = no_sums();
  for (; count >= 2; count -= 2, block += 2 * EDGE_BLOCK, x += 2 * EDGE_BASE3_STEP) {
    prefetch(block);
    prefetch(block + EDGE_BLOCK);
    add_base3(&even, &book, block, x);
    add_base3(&odd, &book, block + EDGE_BLOCK, x + EDGE_BASE3_STEP);
  }
  if (count > 0) add_base3(&even, &book, block, x);
  return sum_of_sums(&even, &odd);
}

EDGE_AVX512 static inline __m512i two_bit_group(const uint8_t *block, uint32_t count, const int8_t *x) {
  struct sums even = no_sums(), odd = no_sums();
  for (; count >= 2; count -= 2, block += 2 * EDGE_BLOCK, x += 2 * EDGE_TWO_BIT_STEP) {
    prefetch(block);
    prefetch(block + EDGE_BLOCK);
    add_fields(&even, edge_load(block), x);
    add_fields(&odd, edge_load(block + EDGE_BLOCK), x + EDGE_TWO_BIT_STEP);
  }
  if (count > 0) add_fields(&even, edge_load(block), x);
  return sum_of_sums(&even, &odd);
}

EDGE_AVX512 void edge_avx512_ternary_vector(const struct edge_matrix *matrix, uint32_t group,
                                uint32_t groups, const int8_t *x, int32_t x_sum, int32_t *y) {
  const int base3 = matrix->packing == EDGE_BASE3;
  const size_t bytes = edge_group_bytes(matrix->packing, matrix->depth);
  const uint8_t *block = matrix->blocks + group * bytes;
  const uint32_t count = (uint32_t)(bytes / EDGE_BLOCK);
  for (uint32_t i = 0; i < groups; i++, block += bytes) {
    const __m512i sums = base3 ? base3_group(block, count, x) : two_bit_group(block, count, x);
    _mm512_storeu_si512(y + EDGE_GROUP * i, _mm512_sub_epi32(sums, _mm512_set1_epi32(x_sum)));
  }
}

#endif
