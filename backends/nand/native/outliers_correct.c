/* What a page's core makes of its code: records with their votes, then the threshold. */
#include <stdatomic.h>
#include <string.h>

#include "cells_split.h"
#include "outliers_layout.h"

struct job {
  struct layout layout;
  uint8_t *data;
  const uint8_t *codes, *written;
  size_t data_stride, code_stride, written_stride;
  _Atomic uint64_t fixed, dropped, miscorrected, voted, zeroed;
};

/* The records of a page that are of use. */
struct votes {
  uint32_t count, changed; /* changed: how many values a vote did */
  uint32_t address[MOST_RECORDS];
  uint8_t value[MOST_RECORDS];
};

/* Bit by bit what most of `count` numbers say, a tie as the first of them has it. */
static uint8_t majority(const uint8_t *numbers, uint32_t count) {
  uint32_t result = 0, same = 1;
  while (same < count && numbers[same] == numbers[0]) same++;
  if (same == count) return numbers[0];
  for (uint32_t bit = 0; bit < 8; bit++) {
    uint32_t ones = 0;
    for (uint32_t i = 0; i < count; i++) ones += numbers[i] >> bit & 1u;
    const uint32_t tie = numbers[0] >> bit & 1u;
    result |= (2 * ones == count ? tie : 2 * ones > count) << bit;
  }
  return (uint8_t)result;
}

/* Whether an address and its checks agree. */
static bool is_whole(const struct layout *layout, uint32_t field) {
  const uint32_t address = field & ((1u << layout->address_bits) - 1);
  return edge_nand_address_checks(layout, address) == field >> layout->address_bits;
}

/* An address as the field says, or EDGE_NAND_LOST. */
static int32_t corrected(const struct layout *layout, uint32_t field) {
  const uint32_t address = field & ((1u << layout->address_bits) - 1);
  const uint32_t difference =
      edge_nand_address_checks(layout, address) ^ field >> layout->address_bits;
  if (difference == 0) return (int32_t)address;
  const int32_t bit = layout->mode == EDGE_NAND_DOUBLE
                          ? edge_nand_judge_double(&layout->hamming, difference)
                          : edge_nand_judge_single(&layout->hamming, difference);
  if (bit == EDGE_NAND_LOST) return EDGE_NAND_LOST;
  return (int32_t)(bit < 0 ? address : address ^ 1u << bit);
}

/* As the paper describes it: one wrong bit is corrected, more are found. */
static int32_t ideal(const struct layout *layout, uint32_t field, uint32_t written) {
  if (__builtin_popcount(field ^ written) > 1) return EDGE_NAND_LOST;
  return (int32_t)(written & ((1u << layout->address_bits) - 1));
}

/* The address that a record's field names; EDGE_NAND_LOST, and counted, where it is of no use. */
static int32_t address_of(const struct layout *layout, const uint8_t *code, const uint8_t *written,
                          uint64_t place, struct edge_nand_outlier_counts *counts) {
  const uint32_t bits = layout->address_bits + layout->check_bits;
  const uint32_t field = get_bits(code, place, bits);
  const uint32_t true_field = written == NULL ? field : get_bits(written, place, bits);
  const int32_t address = layout->mode == EDGE_NAND_IDEAL
                              ? ideal(layout, field, true_field)
                              : corrected(layout, field);
  if (address == EDGE_NAND_LOST || (uint32_t)address >= layout->values) {
    counts->dropped++;
    return EDGE_NAND_LOST;
  }
  const uint32_t mask = (1u << layout->address_bits) - 1;
  const bool right = written == NULL || (uint32_t)address == (true_field & mask);
  counts->miscorrected += !right;
  counts->fixed += right && !is_whole(layout, field);
  return address;
}

/* What most of the page's value and its copies in the record say. */
static void vote(const struct layout *layout, const uint8_t *data, const uint8_t *code,
                 uint64_t copies, uint32_t address, struct votes *votes) {
  const uint32_t bits = layout->value_bits, mask = (1u << bits) - 1;
  uint8_t ballots[9] = {(uint8_t)value_at(data, address, bits) & mask};
  for (uint32_t i = 0; i < layout->copies; i++) {
    ballots[i + 1] = (uint8_t)get_bits(code, copies + (uint64_t)i * bits, bits);
  }
  const uint8_t value = majority(ballots, layout->copies + 1);
  votes->changed += value != ballots[0];
  votes->address[votes->count] = address;
  votes->value[votes->count++] = value;
}

static void read_votes(const struct layout *layout, const uint8_t *data, const uint8_t *code,
                       const uint8_t *written, struct votes *votes,
                       struct edge_nand_outlier_counts *counts) {
  const uint32_t field_bits = layout->address_bits + layout->check_bits;
  const uint64_t record_bits = field_bits + (uint64_t)layout->copies * layout->value_bits;
  uint64_t place = THRESHOLD_COPIES * layout->value_bits;
  votes->count = votes->changed = 0;
  for (uint32_t i = 0; i < layout->records; i++, place += record_bits) {
    const int32_t address = address_of(layout, code, written, place, counts);
    if (address == EDGE_NAND_LOST) continue;
    vote(layout, data, code, place + field_bits, (uint32_t)address, votes);
  }
  counts->voted += votes->changed;
}

/* The values that the threshold lets through. */
static struct range allowed(const struct layout *layout, const uint8_t *code) {
  uint8_t copies[THRESHOLD_COPIES];
  for (uint32_t i = 0; i < THRESHOLD_COPIES; i++) {
    copies[i] = (uint8_t)get_bits(code, (uint64_t)i * layout->value_bits, layout->value_bits);
  }
  const uint8_t threshold = majority(copies, THRESHOLD_COPIES);
  if (layout->by_sign) {
    const int8_t least = layout->value_bits == 8 ? -128 : -8;
    return (struct range){least, value_at(&threshold, 0, layout->value_bits)};
  }
  const int32_t most = threshold > 128 ? 128 : threshold;
  return (struct range){(int8_t)-most, (int8_t)(most > 127 ? 127 : most)};
}

/* Forces every value outside to 0; how many there were. */
static uint64_t clamp(const struct layout *layout, uint8_t *data, struct range range) {
  const uint32_t block = BLOCK_BYTES * 8 / layout->value_bits; /* values */
  struct filter filter;
  uint64_t zeroed = 0;
  edge_nand_filter_init(&filter, layout, range);
  for (uint32_t byte = 0; byte < layout->page_bytes; byte += BLOCK_BYTES) {
    if (!edge_nand_any_outside(&filter, data + byte)) continue;
    const uint32_t first = byte / BLOCK_BYTES * block;
    for (uint32_t i = first; i < first + block; i++) {
      if (!is_outside(value_at(data, i, layout->value_bits), range)) continue;
      set_value(data, i, layout->value_bits, 0);
      zeroed++;
    }
  }
  return zeroed;
}

static void correct_page(const struct layout *layout, uint8_t *data, const uint8_t *code,
                         const uint8_t *written, struct votes *votes,
                         struct edge_nand_outlier_counts *counts) {
  const struct range range = allowed(layout, code);
  read_votes(layout, data, code, written, votes, counts);
  /* The protected ones stand aside as something that the threshold lets through. */
  for (uint32_t i = 0; i < votes->count; i++) {
    set_value(data, votes->address[i], layout->value_bits, (uint8_t)range.low);
  }
  counts->zeroed += clamp(layout, data, range);
  for (uint32_t i = votes->count; i-- > 0;) { /* of two with one address the first holds */
    set_value(data, votes->address[i], layout->value_bits, votes->value[i]);
  }
}

static void correct(void *context, size_t first, size_t end, uint32_t share) {
  (void)share;
  struct job *job = context;
  struct edge_nand_outlier_counts counts = {0, 0, 0, 0, 0};
  struct votes votes;
  for (size_t page = first; page < end; page++) {
    const uint8_t *written =
        job->written == NULL ? NULL : job->written + page * job->written_stride;
    correct_page(&job->layout, job->data + page * job->data_stride,
                 job->codes + page * job->code_stride, written, &votes, &counts);
  }
  atomic_fetch_add(&job->fixed, counts.fixed);
  atomic_fetch_add(&job->dropped, counts.dropped);
  atomic_fetch_add(&job->miscorrected, counts.miscorrected);
  atomic_fetch_add(&job->voted, counts.voted);
  atomic_fetch_add(&job->zeroed, counts.zeroed);
}

void edge_nand_outliers_correct(const struct edge_nand_outliers *wanted, uint8_t *data,
                                size_t data_stride, const uint8_t *codes, size_t code_stride,
                                const uint8_t *written, size_t written_stride, size_t pages,
                                uint32_t threads, struct edge_nand_outlier_counts *counts) {
  struct job job = {.data = data, .codes = codes, .written = written, .data_stride = data_stride,
                    .code_stride = code_stride, .written_stride = written_stride};
  if (!edge_nand_layout(&job.layout, wanted)) return;
  if (job.layout.mode == EDGE_NAND_IDEAL && written == NULL) return;
  edge_nand_split(pages, threads, correct, &job);
  counts->fixed += atomic_load(&job.fixed);
  counts->dropped += atomic_load(&job.dropped);
  counts->miscorrected += atomic_load(&job.miscorrected);
  counts->voted += atomic_load(&job.voted);
  counts->zeroed += atomic_load(&job.zeroed);
}
