/* Which values of a page are its largest, and their records. */
#include <string.h>

#include "cells_split.h"
#include "outliers_layout.h"

struct job {
  struct layout layout;
  const uint8_t *data;
  uint8_t *codes;
  size_t data_stride, code_stride;
};

/* Ranks go from 0 to 255: the magnitude, or the value as if -128 were 0. */
static uint32_t rank_of(const struct layout *layout, int8_t value) {
  if (layout->by_sign) return (uint32_t)(value + 128);
  return (uint32_t)(value < 0 ? -value : value);
}

/* How often each rank is in a page [256]. */
static void count_ranks(const struct layout *layout, const uint8_t *data, uint32_t *counts) {
  uint32_t bytes[4][256] = {{0}}; /* four, since a count must not wait for the one before */
  for (uint32_t i = 0; i < layout->page_bytes; i += 4) {
    for (uint32_t j = 0; j < 4; j++) bytes[j][data[i + j]]++;
  }
  memset(counts, 0, 256 * sizeof *counts);
  for (uint32_t byte = 0; byte < 256; byte++) {
    const uint32_t count = bytes[0][byte] + bytes[1][byte] + bytes[2][byte] + bytes[3][byte];
    if (layout->value_bits == 8) {
      counts[rank_of(layout, (int8_t)(uint8_t)byte)] += count;
    } else {
      counts[rank_of(layout, low_half((uint8_t)byte))] += count;
      counts[rank_of(layout, high_half((uint8_t)byte))] += count;
    }
  }
}

/* The rank of the smallest protected value; `equal` gets how many values of that rank are too. */
static uint32_t smallest(const struct layout *layout, const uint8_t *data, uint32_t *equal) {
  uint32_t counts[256], rank = 255, left = layout->records;
  count_ranks(layout, data, counts);
  while (counts[rank] < left) left -= counts[rank--];
  *equal = left;
  return rank;
}

/* The values below a rank. */
static struct range below(const struct layout *layout, uint32_t rank) {
  if (rank == 0) return (struct range){1, 0};
  const int32_t high = (int32_t)rank - 1;
  if (layout->by_sign) return (struct range){-128, (int8_t)(high - 128)};
  return (struct range){(int8_t)-high, (int8_t)high};
}

static void put_record(const struct layout *layout, uint8_t *code, uint64_t place,
                       uint32_t address, int8_t value) {
  const uint32_t bits = (uint8_t)value & ((1u << layout->value_bits) - 1);
  put_bits(code, place, layout->address_bits, address);
  place += layout->address_bits;
  put_bits(code, place, layout->check_bits, edge_nand_address_checks(layout, address));
  place += layout->check_bits;
  for (uint32_t i = 0; i < layout->copies; i++) {
    put_bits(code, place + (uint64_t)i * layout->value_bits, layout->value_bits, bits);
  }
}

/* Takes the records in order of their addresses; of values that rank the same, the first. */
struct taker {
  const struct layout *layout;
  uint8_t *code;
  uint64_t place;
  uint32_t rank, equal, left;
};

static void take(struct taker *taker, uint32_t address, int8_t value) {
  const struct layout *layout = taker->layout;
  const uint32_t rank = rank_of(layout, value);
  if (rank < taker->rank || (rank == taker->rank && taker->equal == 0)) return;
  if (rank == taker->rank) taker->equal--;
  put_record(layout, taker->code, taker->place, address, value);
  taker->place +=
      layout->address_bits + layout->check_bits + (uint64_t)layout->copies * layout->value_bits;
  taker->left--;
}

static void put_records(struct taker *taker, const uint8_t *data) {
  const struct layout *layout = taker->layout;
  const uint32_t block = BLOCK_BYTES * 8 / layout->value_bits; /* values */
  struct filter filter;
  edge_nand_filter_init(&filter, layout, below(layout, taker->rank));
  for (uint32_t byte = 0; taker->left > 0 && byte < layout->page_bytes; byte += BLOCK_BYTES) {
    if (!edge_nand_any_outside(&filter, data + byte)) continue;
    const uint32_t first = byte / BLOCK_BYTES * block;
    for (uint32_t i = first; i < first + block && taker->left > 0; i++) {
      const int8_t value = value_at(data, i, layout->value_bits);
      if (is_outside(value, filter.range)) take(taker, i, value);
    }
  }
}

static void encode_page(const struct layout *layout, const uint8_t *data, uint8_t *code) {
  struct taker taker = {.layout = layout, .code = code, .left = layout->records};
  taker.place = THRESHOLD_COPIES * layout->value_bits;
  taker.rank = smallest(layout, data, &taker.equal);
  /* A value as it is in the page; a magnitude without a sign. */
  const uint32_t threshold = layout->by_sign ? taker.rank - 128 : taker.rank;
  const uint32_t bits = threshold & ((1u << layout->value_bits) - 1);
  memset(code, 0, (layout->bits + 7) / 8);
  for (uint32_t i = 0; i < THRESHOLD_COPIES; i++) {
    put_bits(code, (uint64_t)i * layout->value_bits, layout->value_bits, bits);
  }
  put_records(&taker, data);
}

static void encode(void *context, size_t first, size_t end, uint32_t share) {
  (void)share;
  const struct job *job = context;
  for (size_t page = first; page < end; page++) {
    encode_page(&job->layout, job->data + page * job->data_stride,
                job->codes + page * job->code_stride);
  }
}

void edge_nand_outliers_encode(const struct edge_nand_outliers *wanted, const uint8_t *data,
                               size_t data_stride, uint8_t *codes, size_t code_stride,
                               size_t pages, uint32_t threads) {
  struct job job = {.data = data, .codes = codes, .data_stride = data_stride,
                    .code_stride = code_stride};
  if (edge_nand_layout(&job.layout, wanted)) edge_nand_split(pages, threads, encode, &job);
}
