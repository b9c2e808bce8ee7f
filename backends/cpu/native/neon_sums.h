/* NEON, written once for two forms: with EDGE_DOT 1 by the dot-product instruction of ARMv8.2, with
 * EDGE_DOT 0 by products of 16 bits, which every 64-bit ARM processor has (the Cortex-A53 of many
 * boards has no more). A block is four quarters of four rows.
 *
 * Without the instruction, a trit times an activation is at most 256 and goes into sums of 16 bits:
 * 128 of them fill those to the last value and no further. */
#ifndef EDGE_DECODER_NEON_SUMS_H
#define EDGE_DECODER_NEON_SUMS_H

#include <arm_neon.h>

#include "forms.h"
#include "layout.h"

enum { QUARTER = 16 /* bytes */, AHEAD = 1024 };

typedef int32_t edge_four __attribute__((may_alias, aligned(1))); /* four neighbouring x */

/* Running sums of four rows. */
struct sums {
#if EDGE_DOT
  int32x4_t rows;
#else
  int16x8_t rows0, rows2; /* four neighbours each of rows 0 and 1, and of rows 2 and 3 */
#endif
};

static inline int8x16_t broadcast(const int8_t *x) {
  return vreinterpretq_s8_s32(vdupq_n_s32(*(const edge_four *)x));
}

#if EDGE_DOT
static inline int32x4_t dot(int32x4_t sums, int8x16_t weights, int8x16_t x) {
  __asm__(".arch_extension dotprod\n\tsdot %0.4s, %1.16b, %2.16b"
          : "+w"(sums)
          : "w"(weights), "w"(x));
  return sums;
}

static inline struct sums no_sums(void) { return (struct sums){vdupq_n_s32(0)}; }

static inline void add(struct sums *sums, uint8x16_t trits, int8x16_t x) {
  sums->rows = dot(sums->rows, vreinterpretq_s8_u8(trits), x);
}

static inline int32x4_t widened(const struct sums *sums) { return sums->rows; }
#else
/* The sum of the four products of each row; any weights and x. */
static inline int32x4_t dot(int32x4_t sums, int8x16_t weights, int8x16_t x) {
  const int16x8_t low = vmull_s8(vget_low_s8(weights), vget_low_s8(x));
  const int16x8_t high = vmull_high_s8(weights, x);
  return vaddq_s32(sums, vpaddq_s32(vpaddlq_s16(low), vpaddlq_s16(high)));
}

static inline struct sums no_sums(void) {
  return (struct sums){vdupq_n_s16(0), vdupq_n_s16(0)};
}

static inline void add(struct sums *sums, uint8x16_t trits, int8x16_t x) {
  const int8x16_t weights = vreinterpretq_s8_u8(trits);
  sums->rows0 = vmlal_s8(sums->rows0, vget_low_s8(weights), vget_low_s8(x));
  sums->rows2 = vmlal_high_s8(sums->rows2, weights, x);
}

static inline int32x4_t widened(const struct sums *sums) {
  return vpaddq_s32(vpaddlq_s16(sums->rows0), vpaddlq_s16(sums->rows2));
}
#endif

/* The code book of base 3; see layout.h. */
struct code_book {
  uint8x16x4_t fields, page3_fields, page3_fifth;
};

static struct code_book code_book(void) {
  static const uint8_t fields[64] = EDGE_TABLE(EDGE_FIELDS);
  static const uint8_t page3[64] = EDGE_TABLE(EDGE_PAGE3_FIELDS);
  static const uint8_t fifth[64] = EDGE_TABLE(EDGE_PAGE3_FIFTH);
  return (struct code_book){vld1q_u8_x4(fields), vld1q_u8_x4(page3), vld1q_u8_x4(fifth)};
}

/* The first four trits of each byte in fields of two bits, and the fifth. An index beyond a table
 * leaves what was there. */
static inline uint8x16_t fields_of(const struct code_book *book, uint8x16_t bytes,
                                   uint8x16_t *fifth) {
  const uint8x16_t in_page3 = vsubq_u8(bytes, vdupq_n_u8(EDGE_PAGE3));
  const uint8x16_t fields = vqtbl4q_u8(book->fields, vandq_u8(bytes, vdupq_n_u8(0x3F)));
  *fifth = vshrq_n_u8(vqtbx4q_u8(bytes, book->page3_fifth, in_page3), 6);
  return vqtbx4q_u8(fields, book->page3_fields, in_page3);
}

static inline uint8x16_t trits_of(uint8x16_t fields) { return vandq_u8(fields, vdupq_n_u8(3)); }

#endif
