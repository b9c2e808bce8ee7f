/* Packing of ternary weights, and back. Four neighbouring weights of a row travel as the bytes of
 * one word: no sum or product below carries from one byte into the next. */
#include <string.h>

#include "layout.h"

#define EACH(byte) ((byte) * 0x01010101u)

uint64_t edge_packed_bytes(uint32_t packing, uint32_t rows, uint32_t depth) {
  if (depth == 0 || depth > EDGE_DEPTH_LIMIT) return 0;
  return (uint64_t)edge_steps(rows, EDGE_GROUP) * edge_group_bytes(packing, depth);
}

/* 80 for base 3: whole blocks of both ternary packings, since a base-3 tile of a matrix product is
 * unpacked to two bits. */
uint32_t edge_padded_depth(uint32_t packing, uint32_t depth) {
  const uint32_t step = packing == EDGE_BASE3     ? 80
                        : packing == EDGE_TWO_BIT ? EDGE_TWO_BIT_STEP
                        : packing == EDGE_INT8    ? EDGE_INT8_STEP
                                                  : EDGE_INT4_DEPTH;
  return edge_steps(depth, step) * step;
}

/* Four codes as the trits 0, 1, 2. */
static uint32_t trits(const int8_t *codes) {
  uint32_t word;
  memcpy(&word, codes, 4);
  return ((word & EACH(0x7Fu)) + EACH(1u)) ^ (word & EACH(0x80u));
}

static uint32_t base3_word(const int8_t *codes) {
  const uint32_t n = trits(codes) + 3 * trits(codes + 4) + 9 * trits(codes + 8) +
                     27 * trits(codes + 12);
  const uint32_t fifth = trits(codes + 16);
  const uint32_t page3 = (n >> 6 & EACH(1u)) * 0xFF;
  const uint32_t there = EACH((uint32_t)EDGE_PAGE3) | (3 * (n & EACH(0x3Fu) & page3) + fifth);
  return ((n | fifth << 6) & ~page3) | (there & page3);
}

static uint32_t two_bit_word(const int8_t *codes) {
  return trits(codes) | trits(codes + 4) << 2 | trits(codes + 8) << 4 | trits(codes + 12) << 6;
}

static uint32_t packed_word(uint32_t packing, const int8_t *codes) {
  return packing == EDGE_BASE3 ? base3_word(codes) : two_bit_word(codes);
}

static uint32_t step_of(uint32_t packing) {
  return packing == EDGE_BASE3 ? EDGE_BASE3_STEP : EDGE_TWO_BIT_STEP;
}

/* One block of one group: codes [count, depth] from weight `begin` on, zeros beyond both ends. */
static void pack_block(uint32_t packing, uint32_t depth, uint32_t begin, uint32_t count,
                       const int8_t *codes, uint8_t *block) {
  const uint32_t step = step_of(packing);
  for (uint32_t row = 0; row < EDGE_GROUP; row++) {
    int8_t padded[EDGE_BASE3_STEP] = {0};
    const int8_t *source = row < count ? codes + (size_t)row * depth + begin : padded;
    if (row < count && depth - begin < step) {
      memcpy(padded, source, depth - begin);
      source = padded;
    }
    const uint32_t word = packed_word(packing, source);
    memcpy(block + 4 * row, &word, 4);
  }
}

void edge_pack_ternary(uint32_t packing, uint32_t rows, uint32_t depth, uint32_t first,
                       uint32_t count, const int8_t *codes, uint8_t *blocks) {
  const size_t bytes = edge_group_bytes(packing, depth);
  (void)rows;
  for (uint32_t row = 0; row < count; row += EDGE_GROUP) {
    const int8_t *source = codes + (size_t)row * depth;
    uint8_t *block = blocks + (size_t)((first + row) / EDGE_GROUP) * bytes;
    for (uint32_t begin = 0; begin < depth; begin += step_of(packing), block += EDGE_BLOCK)
      pack_block(packing, depth, begin, count - row, source, block);
  }
}

static const uint8_t FIELDS[64] = EDGE_TABLE(EDGE_FIELDS);
static const uint8_t PAGE3_FIELDS[64] = EDGE_TABLE(EDGE_PAGE3_FIELDS);
static const uint8_t PAGE3_FIFTH[64] = EDGE_TABLE(EDGE_PAGE3_FIFTH);

/* The two-bit fields of a byte's weights, the fifth one of base 3 on top; false for a code that no
 * writer makes. */
static int unpack_byte(uint32_t packing, uint8_t byte, uint32_t *fields) {
  const uint32_t low = byte & 63;
  if (packing == EDGE_TWO_BIT) {
    *fields = byte;
    return (byte & byte >> 1 & 0x55) == 0;
  }
  if (byte < EDGE_PAGE3) {
    *fields = FIELDS[low] | (uint32_t)(byte & 0xC0) << 2;
    return 1;
  }
  *fields = PAGE3_FIELDS[low] | (uint32_t)PAGE3_FIFTH[low] << 2;
  return low < EDGE_PAGE3_CODES;
}

/* One row's part of a block: `count` codes, and nothing but zeros after them. */
static int unpack_word(uint32_t packing, const uint8_t *bytes, uint32_t count, int8_t *codes) {
  const uint32_t step = step_of(packing);
  for (uint32_t s = 0; s < 4; s++) {
    uint32_t fields;
    if (!unpack_byte(packing, bytes[s], &fields)) return -1;
    for (uint32_t k = s; k < step; k += 4, fields >>= 2) {
      const int code = (int)(fields & 3) - 1;
      if (k < count) codes[k] = (int8_t)code;
      else if (code != 0) return -1;
    }
  }
  return 0;
}

static int unpack_row(const struct edge_matrix *matrix, uint32_t row, int8_t *codes) {
  const uint32_t step = step_of(matrix->packing), depth = matrix->depth;
  const uint8_t *bytes = edge_group(matrix, row / EDGE_GROUP) + 4 * (row % EDGE_GROUP);
  for (uint32_t begin = 0; begin < depth; begin += step, bytes += EDGE_BLOCK) {
    const uint32_t count = depth - begin < step ? depth - begin : step;
    if (unpack_word(matrix->packing, bytes, count, codes + begin) != 0) return -1;
  }
  return 0;
}

int edge_unpack_ternary(const struct edge_matrix *matrix, uint32_t first, uint32_t count,
                        int8_t *codes) {
  for (uint32_t i = 0; i < count; i++)
    if (unpack_row(matrix, first + i, codes + (size_t)i * matrix->depth) != 0) return -1;
  return 0;
}
