/* Sizes of the code's fields, and the checks of an address. */
#include "outliers_layout.h"

enum { MOST_PAGE_BYTES = 65536, LEAST_VALUES = 128, MOST_COPIES = 8 };

static uint32_t bits_for(uint32_t values) {
  uint32_t bits = 0;
  while ((1u << bits) < values) bits++;
  return bits;
}

static bool is_known(const struct edge_nand_outliers *wanted) {
  return wanted->mode <= EDGE_NAND_DOUBLE && wanted->by_sign <= 1 &&
         (wanted->value_bits == 8 || wanted->value_bits == 4) && wanted->copies >= 1 &&
         wanted->copies <= MOST_COPIES && wanted->page_bytes >= LEAST_VALUES &&
         wanted->page_bytes <= MOST_PAGE_BYTES && wanted->page_bytes % BLOCK_BYTES == 0;
}

bool edge_nand_layout(struct layout *layout, const struct edge_nand_outliers *wanted) {
  if (!is_known(wanted)) return false;
  layout->mode = wanted->mode;
  layout->value_bits = wanted->value_bits;
  layout->copies = wanted->copies;
  layout->by_sign = wanted->by_sign == 1;
  layout->page_bytes = wanted->page_bytes;
  layout->values = wanted->page_bytes * 8 / wanted->value_bits;
  layout->records = layout->values / 100;
  layout->address_bits = bits_for(layout->values);
  edge_nand_hamming_init(&layout->hamming, layout->address_bits);
  layout->check_bits = layout->hamming.parity_bits + (wanted->mode == EDGE_NAND_DOUBLE);
  const uint32_t record =
      layout->address_bits + layout->check_bits + layout->copies * layout->value_bits;
  layout->bits = THRESHOLD_COPIES * layout->value_bits + (uint64_t)layout->records * record;
  return true;
}

uint32_t edge_nand_address_checks(const struct layout *layout, uint32_t address) {
  uint32_t checks = 0;
  for (int i = 0; i < 3; i++) checks ^= layout->hamming.entry[i][address >> 8 * i & 255];
  return checks & ((1u << layout->check_bits) - 1);
}

void edge_nand_filter_init(struct filter *filter, const struct layout *layout, struct range range) {
  filter->range = range;
  filter->halves = layout->value_bits == 4;
  for (uint32_t byte = 0; filter->halves && byte < 256; byte++) {
    filter->outside[byte] = is_outside(low_half((uint8_t)byte), range) ||
                            is_outside(high_half((uint8_t)byte), range);
  }
}

bool edge_nand_any_outside(const struct filter *filter, const uint8_t *bytes) {
  const struct range range = filter->range;
  uint8_t any = 0;
  if (filter->halves) {
    for (int i = 0; i < BLOCK_BYTES; i++) any |= filter->outside[bytes[i]];
    return any;
  }
  for (int i = 0; i < BLOCK_BYTES; i++) any |= (uint8_t)is_outside((int8_t)bytes[i], range);
  return any;
}

uint64_t edge_nand_outliers_bits(const struct edge_nand_outliers *wanted) {
  struct layout layout;
  return edge_nand_layout(&layout, wanted) ? layout.bits : 0;
}
