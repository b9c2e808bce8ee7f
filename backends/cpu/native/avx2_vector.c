/* AVX2: one ternary matrix by one vector.
 *
 * A byte product and the sum with its neighbour has 16 bits: at most 512 for a trit, four times that
 * for a field that is not shifted down. Eight blocks fill the 16 bits to the last value and no
 * further, as each adds up to 2 * 2048 to the larger sums. */
#if defined(__x86_64__)
#include "avx2.h"

enum { AHEAD = 4096, RUN = 8 /* blocks between two widenings */ };

/* Of one half: sums of fields at bit 0, and of fields at bit 2, which count four times. */
struct sums {
  __m256i one, four;
};

struct activations {
  __m256i field0, field1, field2, field3;
};

EDGE_AVX2 static inline struct sums no_sums(void) {
  return (struct sums){_mm256_setzero_si256(), _mm256_setzero_si256()};
}

EDGE_AVX2 static inline struct activations activations(const int8_t *x) {
  return (struct activations){edge_broadcast(x), edge_broadcast(x + 4), edge_broadcast(x + 8),
                              edge_broadcast(x + 12)};
}

EDGE_AVX2 static inline void add_fields(struct sums *sums, __m256i fields,
                                        const struct activations *x) {
  const __m256i upper = _mm256_srli_epi16(fields, 4);
  sums->one = edge_plus(sums->one, edge_and(fields, 0x03), x->field0);
  sums->four = edge_plus(sums->four, edge_and(fields, 0x0C), x->field1);
  sums->one = edge_plus(sums->one, edge_and(upper, 0x03), x->field2);
  sums->four = edge_plus(sums->four, edge_and(upper, 0x0C), x->field3);
}

EDGE_AVX2 static inline void add_base3(struct sums *sums, const uint8_t *half,
                                       const struct activations *x, __m256i x_fifth) {
  __m256i fifth;
  const __m256i fields = edge_fields(edge_load(half), &fifth);
  add_fields(sums, fields, x);
  sums->one = edge_plus(sums->one, edge_down(fifth, 6, 0x03), x_fifth);
}

EDGE_AVX2 static inline void widen_into(struct sums *wide, const struct sums *sums) {
  wide->one = _mm256_add_epi32(wide->one, edge_widened(sums->one));
  wide->four = _mm256_add_epi32(wide->four, edge_widened(sums->four));
}

/* Up to RUN blocks. */
EDGE_AVX2 static inline void base3_run(const uint8_t *block, uint32_t count, const int8_t *x,
                                       struct sums *upper, struct sums *lower) {
  for (; count > 0; count--, block += EDGE_BLOCK, x += EDGE_BASE3_STEP) {
    const struct activations four = activations(x);
    const __m256i fifth = edge_broadcast(x + 16);
    _mm_prefetch((const char *)block + AHEAD, _MM_HINT_T0);
    add_base3(upper, block, &four, fifth);
    add_base3(lower, block + EDGE_HALF, &four, fifth);
  }
}

EDGE_AVX2 static inline void two_bit_run(const uint8_t *block, uint32_t count, const int8_t *x,
                                         struct sums *upper, struct sums *lower) {
  for (; count > 0; count--, block += EDGE_BLOCK, x += EDGE_TWO_BIT_STEP) {
    const struct activations four = activations(x);
    _mm_prefetch((const char *)block + AHEAD, _MM_HINT_T0);
    add_fields(upper, edge_load(block), &four);
    add_fields(lower, edge_load(block + EDGE_HALF), &four);
  }
}

EDGE_AVX2 static inline void store(int32_t *y, const struct sums *wide, int32_t x_sum) {
  const __m256i all = _mm256_add_epi32(wide->one, _mm256_srai_epi32(wide->four, 2));
  _mm256_storeu_si256((void *)y, _mm256_sub_epi32(all, _mm256_set1_epi32(x_sum)));
}

EDGE_AVX2 static void one_group(uint32_t packing, const uint8_t *block, uint32_t count,
                                const int8_t *x, int32_t x_sum, int32_t *y) {
  struct sums wide_upper = no_sums(), wide_lower = no_sums();
  for (uint32_t begin = 0; begin < count; begin += RUN, block += RUN * EDGE_BLOCK) {
    const uint32_t run = count - begin < RUN ? count - begin : RUN;
    struct sums upper = no_sums(), lower = no_sums();
    if (packing == EDGE_BASE3)
      base3_run(block, run, x + (size_t)begin * EDGE_BASE3_STEP, &upper, &lower);
    else
      two_bit_run(block, run, x + (size_t)begin * EDGE_TWO_BIT_STEP, &upper, &lower);
    widen_into(&wide_upper, &upper);
    widen_into(&wide_lower, &lower);
  }
  store(y, &wide_upper, x_sum);
  store(y + 8, &wide_lower, x_sum);
}

void edge_avx2_ternary_vector(const struct edge_matrix *matrix, uint32_t group, uint32_t groups,
                              const int8_t *x, int32_t x_sum, int32_t *y) {
  const uint32_t count =
      (uint32_t)(edge_group_bytes(matrix->packing, matrix->depth) / EDGE_BLOCK);
  for (uint32_t i = 0; i < groups; i++)
    one_group(matrix->packing, edge_group(matrix, group + i), count, x, x_sum,
              y + EDGE_GROUP * i);
}
#endif
