/* AVX-512: a tile of 64 rows by many vectors. Bound by the dot products themselves.
 *
 * The depth goes in slices whose weights stay in the first cache while all columns pass over them,
 * six at a time: 24 sums, each of 16 rows by one column. A slice is passed over four times, once
 * for each field of two bits, from the top: one AND frees the field's weights, 64 times too large
 * at first; shifting the sums by two between passes brings all to the same size, exactly. */
#if defined(__x86_64__)
#include "avx512.h"

enum {
  COLUMNS = 6,
  SLICE = EDGE_SLICE_BLOCKS,
  CHUNK = 5, /* two-bit blocks that hold the same as four of base 3 */
};

/* Two-bit blocks of up to four groups: at[i] is group i's first one of the slice. */
struct slice {
  const uint8_t *at[4];
  uint32_t groups, count;
  const uint8_t *packed; /* base 3: where the first group's blocks came from */
  uint32_t packed_count;
  size_t group_bytes;
};

struct lanes {
  __m512i group0, group1, group2, group3;
};

EDGE_AVX512 static inline __m512i dot(__m512i sum, __m512i weights, __m512i x) {
  __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(weights), "v"(x));
  return sum;
}

EDGE_AVX512 static inline struct lanes weights_of(const struct slice *slice, size_t offset,
                                                  __m512i mask) {
  struct lanes w;
  w.group0 = _mm512_and_si512(edge_load(slice->at[0] + offset), mask);
  w.group1 = _mm512_and_si512(edge_load(slice->at[1] + offset), mask);
  w.group2 = _mm512_and_si512(edge_load(slice->at[2] + offset), mask);
  w.group3 = _mm512_and_si512(edge_load(slice->at[3] + offset), mask);
  return w;
}

EDGE_AVX512 static inline void add(struct lanes *sums, const struct lanes *w, const int8_t *x) {
  const __m512i four = _mm512_set1_epi32(*(const edge_four *)x);
  sums->group0 = dot(sums->group0, w->group0, four);
  sums->group1 = dot(sums->group1, w->group1, four);
  sums->group2 = dot(sums->group2, w->group2, four);
  sums->group3 = dot(sums->group3, w->group3, four);
}

EDGE_AVX512 static inline void quarter(struct lanes *sums) {
  sums->group0 = _mm512_srai_epi32(sums->group0, 2);
  sums->group1 = _mm512_srai_epi32(sums->group1, 2);
  sums->group2 = _mm512_srai_epi32(sums->group2, 2);
  sums->group3 = _mm512_srai_epi32(sums->group3, 2);
}

EDGE_AVX512 static inline void add_to(int32_t *y, __m512i sums) {
  _mm512_storeu_si512(y, _mm512_add_epi32(_mm512_loadu_si512(y), sums));
}

EDGE_AVX512 static inline void store(uint32_t groups, const struct lanes *sums, int32_t *y) {
  add_to(y, sums->group0);
  if (groups > 1) add_to(y + 16, sums->group1);
  if (groups > 2) add_to(y + 32, sums->group2);
  if (groups > 3) add_to(y + 48, sums->group3);
}

EDGE_AVX512 static inline struct lanes no_sums(void) {
  const __m512i zero = _mm512_setzero_si512();
  return (struct lanes){zero, zero, zero, zero};
}

/* `columns` is a constant wherever this is called, so that each number of them has a loop of its
 * own without a branch. */
EDGE_AVX512 __attribute__((always_inline)) static inline void columns_of(
    const struct slice *slice, const int8_t *x, size_t stride, uint32_t columns, int32_t *y) {
  struct lanes s0 = no_sums(), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0;
  for (int field = 3;; field--) {
    const __m512i mask = _mm512_set1_epi8((char)(3 << 2 * field));
    const int8_t *at = x + 4 * field, *after = at + 3 * stride;
    for (uint32_t b = 0; b < slice->count; b++, at += 16, after += 16) {
      const struct lanes w = weights_of(slice, (size_t)b * EDGE_BLOCK, mask);
      add(&s0, &w, at);
      if (columns > 1) add(&s1, &w, at + stride);
      if (columns > 2) add(&s2, &w, at + 2 * stride);
      if (columns > 3) add(&s3, &w, after);
      if (columns > 4) add(&s4, &w, after + stride);
      if (columns > 5) add(&s5, &w, after + 2 * stride);
    }
    if (field == 0) break;
    quarter(&s0), quarter(&s1), quarter(&s2), quarter(&s3), quarter(&s4), quarter(&s5);
  }
  store(slice->groups, &s0, y);
  if (columns > 1) store(slice->groups, &s1, y + 64);
  if (columns > 2) store(slice->groups, &s2, y + 128);
  if (columns > 3) store(slice->groups, &s3, y + 192);
  if (columns > 4) store(slice->groups, &s4, y + 256);
  if (columns > 5) store(slice->groups, &s5, y + 320);
}

/* While one tile is computed, the same slice of the next one is asked for: every `parts`-th block. */
EDGE_AVX512 static inline void ask_for_next(const struct slice *slice, uint32_t part,
                                            uint32_t parts) {
  for (uint32_t i = slice->groups; i < 2 * slice->groups; i++)
    for (uint32_t b = part; b < slice->packed_count; b += parts)
      _mm_prefetch((const char *)slice->packed + i * slice->group_bytes + (size_t)b * EDGE_BLOCK,
                   _MM_HINT_T1);
}

EDGE_AVX512 static void all_columns(const struct slice *slice, const int8_t *x, size_t stride,
                                    uint32_t columns, int32_t *y) {
  const uint32_t parts = columns / COLUMNS;
  for (uint32_t part = 0; part < parts; part++, x += COLUMNS * stride, y += COLUMNS * 64) {
    ask_for_next(slice, part, parts);
    columns_of(slice, x, stride, COLUMNS, y);
  }
  switch (columns % COLUMNS) {
    case 1: columns_of(slice, x, stride, 1, y); break;
    case 2: columns_of(slice, x, stride, 2, y); break;
    case 3: columns_of(slice, x, stride, 3, y); break;
    case 4: columns_of(slice, x, stride, 4, y); break;
    case 5: columns_of(slice, x, stride, 5, y); break;
    default: break;
  }
}

EDGE_AVX512 static inline __m512i down(__m512i bytes, int bits, int mask) {
  return edge_and(_mm512_srli_epi16(bytes, (unsigned)bits), mask);
}

EDGE_AVX512 static inline __m512i up(__m512i bytes, int bits, int mask) {
  return edge_and(_mm512_slli_epi16(bytes, (unsigned)bits), mask);
}

EDGE_AVX512 static inline __m512i either(__m512i a, __m512i b) { return _mm512_or_si512(a, b); }

/* Four base-3 blocks as five two-bit ones: 80 weights in their order. */
EDGE_AVX512 static inline void five_blocks(const __m512i *fields, const __m512i *fifth,
                                           uint8_t *out) {
  const __m512i second = either(down(fifth[0], 6, 0x03), up(fields[1], 2, 0xFC));
  const __m512i third = either(down(fields[1], 6, 0x03), down(fifth[1], 4, 0x0C));
  const __m512i fourth = either(down(fields[2], 4, 0x0F), down(fifth[2], 2, 0x30));
  const __m512i last = either(down(fields[3], 2, 0x3F), edge_and(fifth[3], 0xC0));
  _mm512_store_si512(out, fields[0]);
  _mm512_store_si512(out + EDGE_BLOCK, second);
  _mm512_store_si512(out + 2 * EDGE_BLOCK, either(third, up(fields[2], 4, 0xF0)));
  _mm512_store_si512(out + 3 * EDGE_BLOCK, either(fourth, up(fields[3], 6, 0xC0)));
  _mm512_store_si512(out + 4 * EDGE_BLOCK, last);
}

/* `count` base-3 blocks, and any weights after them, which meet an x of zero or nothing. */
EDGE_AVX512 static void unpack(const uint8_t *block, uint32_t count, uint8_t *out) {
  const struct edge_code_book book = edge_code_book();
  for (uint32_t b = 0; b < count; b += 4, out += CHUNK * EDGE_BLOCK) {
    __m512i fields[4], fifth[4];
    for (uint32_t i = 0; i < 4; i++) {
      const uint32_t at = b + i < count ? b + i : b;
      fields[i] = edge_fields(&book, edge_load(block + (size_t)at * EDGE_BLOCK), &fifth[i]);
    }
    five_blocks(fields, fifth, out);
  }
}

/* Base-3 blocks unpacked into scratch, [begin, begin + count) of each group. */
static void unpack_groups(struct slice *slice, uint32_t begin, uint8_t *scratch) {
  slice->packed += (size_t)begin * EDGE_BLOCK;
  for (uint32_t i = 0; i < 4; i++) {
    const uint32_t group = i < slice->groups ? i : 0;
    uint8_t *out = scratch + (size_t)group * SLICE * EDGE_BLOCK;
    if (group == i)
      unpack(slice->packed + i * slice->group_bytes, slice->packed_count, out);
    slice->at[i] = out;
  }
}

/* Two-bit blocks [first, first + count) of a depth, for all groups: in place or unpacked. */
static struct slice slice_of(const struct edge_matrix *matrix, uint32_t group, uint32_t groups,
                             uint32_t first, uint32_t count, uint8_t *scratch) {
  const size_t bytes = edge_group_bytes(matrix->packing, matrix->depth);
  const uint8_t *blocks = matrix->blocks + group * bytes;
  struct slice slice = {{0}, groups, count, blocks, 0, bytes};
  if (matrix->packing == EDGE_BASE3) {
    const uint32_t begin = first / CHUNK * 4, most = edge_steps(count, CHUNK) * 4;
    const uint32_t rest = (uint32_t)(bytes / EDGE_BLOCK) - begin;
    slice.packed_count = rest < most ? rest : most;
    unpack_groups(&slice, begin, scratch);
  } else {
    for (uint32_t i = 0; i < 4; i++)
      slice.at[i] = blocks + (i < groups ? i : 0) * bytes + (size_t)first * EDGE_BLOCK;
  }
  return slice;
}

EDGE_AVX512 static void begin_outputs(const int32_t *x_sums, uint32_t columns, uint32_t groups,
                                      int32_t *y) {
  for (uint32_t c = 0; c < columns; c++)
    for (uint32_t i = 0; i < groups; i++)
      _mm512_storeu_si512(y + 64 * c + EDGE_GROUP * i, _mm512_set1_epi32(-x_sums[c]));
}

void edge_avx512_ternary_matrix(const struct edge_matrix *matrix, uint32_t group,
                                uint32_t groups, const int8_t *x, size_t x_stride,
                                const int32_t *x_sums, uint32_t columns, uint8_t *scratch,
                                int32_t *y) {
  const uint32_t blocks = edge_steps(matrix->depth, EDGE_TWO_BIT_STEP);
  const uint32_t slices = edge_steps(blocks, SLICE);
  const uint32_t count = edge_steps(edge_steps(blocks, slices), CHUNK) * CHUNK;
  begin_outputs(x_sums, columns, groups, y);
  for (uint32_t first = 0; first < blocks; first += count) {
    const uint32_t mine = blocks - first < count ? blocks - first : count;
    const struct slice slice = slice_of(matrix, group, groups, first, mine, scratch);
    all_columns(&slice, x + (size_t)first * EDGE_TWO_BIT_STEP, x_stride, columns, y);
  }
}
#endif
