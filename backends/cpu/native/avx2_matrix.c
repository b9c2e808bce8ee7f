/* AVX2: a tile of 64 rows by many vectors, in slices of the depth. A slice's weights are unpacked to
 * a byte each, once, and stay in the first cache while all columns pass over them. It is as deep
 * as sums of 16 bits allow: 64 steps of at most 512. */
#if defined(__x86_64__)
#include "avx2.h"

enum {
  STEPS = 64, /* of four weights of each row */
  BASE3_BLOCKS = 12,
  TWO_BIT_BLOCKS = 16,
};

EDGE_AVX2 static void unpack_fields(__m256i fields, uint8_t *out) {
  _mm256_store_si256((void *)out, edge_and(fields, 0x03));
  _mm256_store_si256((void *)(out + EDGE_BLOCK), edge_down(fields, 2, 0x03));
  _mm256_store_si256((void *)(out + 2 * EDGE_BLOCK), edge_down(fields, 4, 0x03));
  _mm256_store_si256((void *)(out + 3 * EDGE_BLOCK), edge_down(fields, 6, 0x03));
}

/* `count` blocks of one group to one row vector of 64 bytes for each step. */
EDGE_AVX2 static void unpack(uint32_t packing, const uint8_t *block, uint32_t count,
                             uint8_t *out) {
  const uint32_t step = packing == EDGE_BASE3 ? 5 : 4;
  for (uint32_t i = 0; i < 2 * count; i++) {
    const __m256i bytes = edge_load(block + (size_t)i * EDGE_HALF);
    uint8_t *to = out + (size_t)(i / 2) * step * EDGE_BLOCK + i % 2 * EDGE_HALF;
    __m256i fifth = bytes;
    unpack_fields(packing == EDGE_BASE3 ? edge_fields(bytes, &fifth) : bytes, to);
    if (packing == EDGE_BASE3)
      _mm256_store_si256((void *)(to + 4 * EDGE_BLOCK), edge_down(fifth, 6, 0x03));
  }
}

/* Of one column: rows 0..7 and 8..15. */
struct column {
  __m256i upper, lower;
};

EDGE_AVX2 static inline void add(struct column *sums, __m256i upper, __m256i lower,
                                 const int8_t *x) {
  const __m256i four = edge_broadcast(x);
  sums->upper = edge_plus(sums->upper, upper, four);
  sums->lower = edge_plus(sums->lower, lower, four);
}

EDGE_AVX2 static inline void add_to(int32_t *y, __m256i sums) {
  const __m256i before = _mm256_loadu_si256((const void *)y);
  _mm256_storeu_si256((void *)y, _mm256_add_epi32(before, edge_widened(sums)));
}

EDGE_AVX2 static inline void store(const struct column *sums, int32_t *y) {
  add_to(y, sums->upper);
  add_to(y + 8, sums->lower);
}

/* `columns` is a constant wherever this is called. */
EDGE_AVX2 __attribute__((always_inline)) static inline void columns_of(
    const uint8_t *weights, uint32_t steps, const int8_t *x, size_t stride, uint32_t columns,
    int32_t *y) {
  struct column s0 = {_mm256_setzero_si256(), _mm256_setzero_si256()}, s1 = s0, s2 = s0, s3 = s0;
  for (uint32_t step = 0; step < steps; step++, weights += EDGE_BLOCK, x += 4) {
    const __m256i upper = edge_load(weights), lower = edge_load(weights + EDGE_HALF);
    add(&s0, upper, lower, x);
    if (columns > 1) add(&s1, upper, lower, x + stride);
    if (columns > 2) add(&s2, upper, lower, x + 2 * stride);
    if (columns > 3) add(&s3, upper, lower, x + 3 * stride);
  }
  store(&s0, y);
  if (columns > 1) store(&s1, y + 64);
  if (columns > 2) store(&s2, y + 128);
  if (columns > 3) store(&s3, y + 192);
}

EDGE_AVX2 static void all_columns(const uint8_t *weights, uint32_t steps, const int8_t *x,
                                  size_t stride, uint32_t columns, int32_t *y) {
  for (; columns >= 4; columns -= 4, x += 4 * stride, y += 4 * 64)
    columns_of(weights, steps, x, stride, 4, y);
  switch (columns) {
    case 1: columns_of(weights, steps, x, stride, 1, y); break;
    case 2: columns_of(weights, steps, x, stride, 2, y); break;
    case 3: columns_of(weights, steps, x, stride, 3, y); break;
    default: break;
  }
}

static void begin_outputs(const int32_t *x_sums, uint32_t columns, uint32_t groups, int32_t *y) {
  for (uint32_t c = 0; c < columns; c++)
    for (uint32_t i = 0; i < groups * EDGE_GROUP; i++) y[64 * (size_t)c + i] = -x_sums[c];
}

void edge_avx2_ternary_matrix(const struct edge_matrix *matrix, uint32_t group, uint32_t groups,
                              const int8_t *x, size_t x_stride, const int32_t *x_sums,
                              uint32_t columns, uint8_t *scratch, int32_t *y) {
  const int base3 = matrix->packing == EDGE_BASE3;
  const size_t bytes = edge_group_bytes(matrix->packing, matrix->depth);
  const uint32_t blocks = (uint32_t)(bytes / EDGE_BLOCK);
  const uint32_t most = base3 ? BASE3_BLOCKS : TWO_BIT_BLOCKS, step = base3 ? 5 : 4;
  begin_outputs(x_sums, columns, groups, y);
  for (uint32_t first = 0; first < blocks; first += most, x += (size_t)4 * step * most) {
    const uint32_t count = blocks - first < most ? blocks - first : most;
    for (uint32_t i = 0; i < groups; i++) {
      uint8_t *weights = scratch + (size_t)i * STEPS * EDGE_BLOCK;
      unpack(matrix->packing, edge_group(matrix, group + i) + (size_t)first * EDGE_BLOCK, count,
             weights);
      all_columns(weights, count * step, x, x_stride, columns, y + EDGE_GROUP * i);
    }
  }
}
#endif
