/* The Hamming code of addresses and words. */
#include "secded.h"

#include <stdbool.h>
#include <string.h>

static uint32_t odd_ones(uint32_t bits) { return (uint32_t)__builtin_popcount(bits) & 1; }

uint32_t edge_nand_parity_bits(uint32_t data_bits) {
  uint32_t bits = 2;
  while ((1u << bits) < data_bits + bits + 1) bits++;
  return bits;
}

/* Its position, and above it whether it and its checks together are an odd number of ones. */
static uint32_t column(uint32_t position, uint32_t parity_bits) {
  return position | (odd_ones(position) ^ 1) << parity_bits;
}

/* The place in the data of a position that is no power of two: those before it, less the powers. */
static uint32_t data_bit(uint32_t position) {
  const uint32_t log2 = 31 - (uint32_t)__builtin_clz(position);
  return position - 2 - log2;
}

void edge_nand_hamming_init(struct edge_nand_hamming *code, uint32_t data_bits) {
  memset(code, 0, sizeof *code);
  code->data_bits = data_bits;
  code->parity_bits = edge_nand_parity_bits(data_bits);
  for (uint32_t position = 3; data_bit(position) < data_bits; position++) {
    if ((position & (position - 1)) == 0) continue;
    const uint32_t bit = data_bit(position);
    const uint16_t checks = (uint16_t)column(position, code->parity_bits);
    for (uint32_t byte = 0; byte < 256; byte++) {
      if (byte >> (bit & 7) & 1) code->entry[bit / 8][byte] ^= checks;
    }
  }
}

int32_t edge_nand_judge_single(const struct edge_nand_hamming *code, uint32_t difference) {
  const uint32_t position = difference & ((1u << code->parity_bits) - 1);
  if (position == 0) return EDGE_NAND_CLEAN;
  if ((position & (position - 1)) == 0) return EDGE_NAND_CHECK_WRONG;
  const uint32_t bit = data_bit(position);
  return bit < code->data_bits ? (int32_t)bit : EDGE_NAND_LOST;
}

int32_t edge_nand_judge_double(const struct edge_nand_hamming *code, uint32_t difference) {
  const uint32_t position = difference & ((1u << code->parity_bits) - 1);
  const bool odd = (difference >> code->parity_bits & 1) != odd_ones(position);
  if (!odd) return position == 0 ? EDGE_NAND_CLEAN : EDGE_NAND_LOST;
  return position == 0 ? EDGE_NAND_CHECK_WRONG : edge_nand_judge_single(code, difference);
}
