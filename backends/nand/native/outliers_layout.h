#ifndef EDGE_NAND_OUTLIERS_LAYOUT_H
#define EDGE_NAND_OUTLIERS_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "outliers.h"
#include "secded.h"

enum { THRESHOLD_COPIES = 9, MOST_RECORDS = 2 * 65536 / 100 };

/* Where the fields of a code are, in bits: the threshold's copies, then records of
 * address | checks | copies of the value. */
struct layout {
  uint32_t mode, value_bits, copies;
  bool by_sign;
  uint32_t page_bytes, values, records;
  uint32_t address_bits, check_bits;
  uint64_t bits;
  struct edge_nand_hamming hamming; /* of an address */
};

/* False where there is no such code. */
bool edge_nand_layout(struct layout *layout, const struct edge_nand_outliers *wanted);

/* The checks of an address, as many bits as the mode has. */
uint32_t edge_nand_address_checks(const struct layout *layout, uint32_t address);

/* Values inside [low, high]; all are outside where low > high. */
struct range {
  int8_t low, high;
};

static inline bool is_outside(int8_t value, struct range range) {
  return (value < range.low) | (value > range.high);
}

enum { BLOCK_BYTES = 32 };

/* Finds blocks of so many bytes with a value outside a range. */
struct filter {
  struct range range;
  bool halves;          /* whether a byte holds two values */
  uint8_t outside[256]; /* whether either half of a byte is */
};

void edge_nand_filter_init(struct filter *filter, const struct layout *layout, struct range range);
bool edge_nand_any_outside(const struct filter *filter, const uint8_t *bytes);

/* A byte's two values of 4 bits, the first in its low half. */
static inline int8_t low_half(uint8_t byte) { return (int8_t)((byte & 15) ^ 8) - 8; }
static inline int8_t high_half(uint8_t byte) { return (int8_t)((byte >> 4) ^ 8) - 8; }

static inline int8_t value_at(const uint8_t *data, uint32_t address, uint32_t value_bits) {
  if (value_bits == 8) return (int8_t)data[address];
  const uint8_t byte = data[address / 2];
  return address % 2 ? high_half(byte) : low_half(byte);
}

/* The value's low bits count. */
static inline void set_value(uint8_t *data, uint32_t address, uint32_t value_bits, uint8_t value) {
  if (value_bits == 8) {
    data[address] = value;
    return;
  }
  const uint32_t shift = address % 2 * 4;
  data[address / 2] = (uint8_t)((data[address / 2] & ~(15u << shift)) | (value & 15u) << shift);
}

/* Up to 25 bits from any place, least bit first. */
static inline uint32_t get_bits(const uint8_t *bytes, uint64_t place, uint32_t count) {
  uint32_t bits = 0;
  for (uint64_t i = place / 8; i <= (place + count - 1) / 8; i++) {
    bits |= (uint32_t)bytes[i] << 8 * (i - place / 8);
  }
  return bits >> place % 8 & ((1u << count) - 1);
}

/* Into bytes that are 0 there. */
static inline void put_bits(uint8_t *bytes, uint64_t place, uint32_t count, uint32_t bits) {
  const uint32_t shifted = bits << place % 8;
  for (uint64_t i = place / 8; i <= (place + count - 1) / 8; i++) {
    bytes[i] |= (uint8_t)(shifted >> 8 * (i - place / 8));
  }
}

#endif
