#include "products_codes.h"

static const int8_t nibbles[16] = {0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1};
/* Of the four bits of two weights: the first, and the second. */
static const int8_t low_crumbs[16] = {0, 1, -1, 0, 0, 1, -1, 0, 0, 1, -1, 0, 0, 1, -1, 0};
static const int8_t high_crumbs[16] = {0, 0, 0, 0, 1, 1, 1, 1, -1, -1, -1, -1, 0, 0, 0, 0};

void edge_nand_codes_plain(const uint8_t *page, uint64_t first, uint32_t count, uint32_t bits,
                           uint8_t flip, int8_t *codes) {
  const uint32_t each = 8 / bits; /* weights of a byte */
  for (uint32_t i = 0; i < count; i++) {
    const uint64_t index = first + i;
    const uint8_t byte = page[index / each] ^ flip;
    const uint32_t field = byte >> (index % each * bits);
    codes[i] = bits == 4 ? nibbles[field & 15] : low_crumbs[field & 3];
  }
}

#if defined(__x86_64__)
#include <immintrin.h>

enum { BYTES = 16 }; /* looked at together */

/* Of 16 bytes, the codes that a table gives for each half. */
struct halves {
  __m128i low, high;
};

__attribute__((target("avx2"))) static __m128i load(const void *bytes) {
  return _mm_loadu_si128((const __m128i *)bytes);
}

__attribute__((target("avx2"))) static void store(int8_t *codes, __m128i values) {
  _mm_storeu_si128((__m128i *)(void *)codes, values);
}

__attribute__((target("avx2"))) static struct halves halves_of(const uint8_t *bytes,
                                                               uint8_t flip) {
  const __m128i content = _mm_xor_si128(load(bytes), _mm_set1_epi8((char)flip));
  const __m128i mask = _mm_set1_epi8(15);
  return (struct halves){_mm_and_si128(content, mask),
                         _mm_and_si128(_mm_srli_epi16(content, 4), mask)};
}

/* 32 codes of 4 bits. */
__attribute__((target("avx2"))) static void put_nibbles(struct halves index, int8_t *codes) {
  const __m128i table = load(nibbles);
  const __m128i even = _mm_shuffle_epi8(table, index.low);
  const __m128i odd = _mm_shuffle_epi8(table, index.high);
  store(codes, _mm_unpacklo_epi8(even, odd));
  store(codes + 16, _mm_unpackhi_epi8(even, odd));
}

/* 64 codes of 2 bits. */
__attribute__((target("avx2"))) static void put_crumbs(struct halves index, int8_t *codes) {
  const __m128i low = load(low_crumbs), high = load(high_crumbs);
  const __m128i first = _mm_shuffle_epi8(low, index.low);
  const __m128i second = _mm_shuffle_epi8(high, index.low);
  const __m128i third = _mm_shuffle_epi8(low, index.high);
  const __m128i fourth = _mm_shuffle_epi8(high, index.high);
  const __m128i front[2] = {_mm_unpacklo_epi8(first, second), _mm_unpackhi_epi8(first, second)};
  const __m128i back[2] = {_mm_unpacklo_epi8(third, fourth), _mm_unpackhi_epi8(third, fourth)};
  for (int i = 0; i < 2; i++) {
    store(codes + 32 * i, _mm_unpacklo_epi16(front[i], back[i]));
    store(codes + 32 * i + 16, _mm_unpackhi_epi16(front[i], back[i]));
  }
}

__attribute__((target("avx2"))) static void codes_avx2(const uint8_t *page, uint64_t first,
                                                       uint32_t count, uint32_t bits, uint8_t flip,
                                                       int8_t *codes) {
  const uint32_t each = 8 / bits, step = BYTES * each;
  const uint32_t whole = first % each ? 0 : count / step * step;
  for (uint32_t done = 0; done < whole; done += step) {
    const struct halves index = halves_of(page + (first + done) / each, flip);
    if (bits == 4)
      put_nibbles(index, codes + done);
    else
      put_crumbs(index, codes + done);
  }
  edge_nand_codes_plain(page, first + whole, count - whole, bits, flip, codes + whole);
}
#endif

edge_nand_codes *edge_nand_best_codes(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return codes_avx2;
#endif
  return edge_nand_codes_plain;
}
