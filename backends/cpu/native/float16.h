/* float16 in memory, little-endian: for the scales of EDGE_INT4. */
#ifndef EDGE_DECODER_FLOAT16_H
#define EDGE_DECODER_FLOAT16_H

#include <stdint.h>
#include <string.h>

static inline float edge_float16_value(const uint8_t *bytes) {
  const uint32_t bits = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8;
  const uint32_t sign = (bits & 0x8000u) << 16, exponent = bits >> 10 & 31, rest = bits & 0x3FF;
  float value = (float)rest * 0x1p-24f; /* exponent 0: subnormal */
  uint32_t word;
  if (exponent != 0) {
    word = (exponent == 31 ? 255u : exponent + 112) << 23 | rest << 13;
    memcpy(&value, &word, 4);
  }
  memcpy(&word, &value, 4);
  word |= sign;
  memcpy(&value, &word, 4);
  return value;
}

/* Rounds to nearest, ties to even; what is too large becomes the largest number, 65504. */
static inline void edge_float16_store(float value, uint8_t *bytes) {
  uint32_t word, bits;
  memcpy(&word, &value, 4);
  const uint32_t sign = word >> 16 & 0x8000u, size = word & 0x7FFFFFFFu;
  if (size >= 0x477FF000u) {
    bits = 0x7BFF;
  } else if (size < 0x38800000u) { /* subnormal: adding 0.5 rounds to a multiple of 2^-24 */
    float small;
    memcpy(&small, &size, 4);
    small += 0.5f;
    memcpy(&bits, &small, 4);
    bits -= 0x3F000000u;
  } else {
    bits = (size + 0xFFF + (size >> 13 & 1) - (112u << 23)) >> 13;
  }
  bits |= sign;
  bytes[0] = (uint8_t)bits;
  bytes[1] = (uint8_t)(bits >> 8);
}

#endif
