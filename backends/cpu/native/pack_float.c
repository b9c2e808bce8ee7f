/* Packing of a head's float rows: EDGE_INT8 and EDGE_INT4. Only sums, products and quotients of
 * IEEE floats in a fixed order, so that every machine packs the same bytes. */
#include <math.h>
#include <string.h>

#include "float16.h"
#include "layout.h"

/* The nearest integer, ties to even, of a value between -2^22 and 2^22. */
static int32_t nearest(float value) {
  const float magic = 12582912.0f; /* 1.5 * 2^23: the integer part ends up in the low bits */
  const float shifted = value + magic;
  int32_t bits;
  memcpy(&bits, &shifted, 4);
  return bits - 0x4B400000;
}

static float largest(const float *values, uint32_t count) {
  float found = 0;
  for (uint32_t i = 0; i < count; i++)
    if (fabsf(values[i]) > fabsf(found)) found = values[i];
  return found;
}

static void pack_int8_row(uint32_t depth, const float *values, uint8_t *bytes, float *scale) {
  const float peak = fabsf(largest(values, depth));
  const float factor = peak > 0 ? 127.0f / peak : 0;
  *scale = peak / 127.0f;
  for (uint32_t k = 0; k < edge_steps(depth, EDGE_INT8_STEP) * EDGE_INT8_STEP; k++) {
    const float scaled = k < depth ? values[k] * factor : 0;
    const float bound = scaled > 127 ? 127 : scaled < -127 ? -127 : scaled;
    bytes[k / EDGE_INT8_STEP * EDGE_BLOCK + k % 4] = (uint8_t)(nearest(bound) + 128);
  }
}

static const int8_t LEVELS[16] = EDGE_INT4_LEVELS;

/* Which level is nearest to each of -128 .. 127, by value + 128. */
struct nearest_levels {
  uint8_t index[256];
};

static void make_nearest(struct nearest_levels *table) {
  uint8_t index = 0;
  for (int value = -128; value < 128; value++) {
    while (index < 15 && 2 * value > LEVELS[index] + LEVELS[index + 1]) index++;
    table->index[value + 128] = index;
  }
}

/* A span under one scale: the index of each weight, and how well they fit. */
struct fit {
  uint8_t index[EDGE_INT4_SPAN];
  float products, squares; /* sums of weight * level and level * level */
};

static void fit_to(const struct nearest_levels *table, const float *values, float scale,
                   struct fit *fit) {
  const float factor = 1.0f / scale;
  fit->products = fit->squares = 0;
  for (uint32_t k = 0; k < EDGE_INT4_SPAN; k++) {
    const float scaled = values[k] * factor;
    const float bound = scaled > 127 ? 127 : scaled < -128 ? -128 : scaled;
    fit->index[k] = table->index[(nearest(bound) + 128) & 255];
    const float level = LEVELS[fit->index[k]];
    fit->products += values[k] * level;
    fit->squares += level * level;
  }
}

/* How much of the weights' squares is explained with the best scale for these indices. */
static float explained(const struct fit *fit) {
  return fit->products * (fit->products / fit->squares);
}

/* The largest weight is tried at the far end of the levels and somewhat beyond it, and at the near
 * end. The final scale is the best one for the chosen indices. */
static float pack_span(const struct nearest_levels *table, const float *values, uint8_t *index) {
  static const float ends[] = {127, 138, 150, -114, -124};
  const float peak = largest(values, EDGE_INT4_SPAN);
  struct fit best = {.squares = 1}, fit;
  float most = -1;
  memset(index, 0, EDGE_INT4_SPAN);
  if (!(fabsf(peak) > 1e-30f)) return 0; /* smaller ones have no place in a float16 anyway */
  for (uint32_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    fit_to(table, values, peak / ends[i], &fit);
    if (!(explained(&fit) > most)) continue;
    most = explained(&fit);
    best = fit;
  }
  memcpy(index, best.index, EDGE_INT4_SPAN);
  return best.products / best.squares;
}

/* One row's 128 weights: `block` is the first of 17. */
static void pack_int4_part(const struct nearest_levels *table, const float *values, uint32_t row,
                           uint8_t *block) {
  for (uint32_t half = 0; half < 2; half++) {
    uint8_t index[EDGE_INT4_SPAN];
    const float unit = pack_span(table, values + half * EDGE_INT4_SPAN, index);
    edge_float16_store(unit * 128, block + 32 * half + 2 * row);
    for (uint32_t k = 0; k < EDGE_INT4_SPAN; k += EDGE_INT4_STEP) {
      uint8_t *bytes = block + (1 + 8 * half + k / EDGE_INT4_STEP) * EDGE_BLOCK + 4 * row;
      for (uint32_t s = 0; s < 4; s++)
        bytes[s] = (uint8_t)(index[k + s] | index[k + 4 + s] << 4);
    }
  }
}

static void pack_int4_row(uint32_t depth, const float *values, uint32_t row, uint8_t *blocks) {
  struct nearest_levels table;
  make_nearest(&table);
  for (uint32_t k = 0; k < depth; k += EDGE_INT4_DEPTH, blocks += EDGE_INT4_BYTES) {
    float padded[EDGE_INT4_DEPTH] = {0};
    const uint32_t count = depth - k < EDGE_INT4_DEPTH ? depth - k : EDGE_INT4_DEPTH;
    memcpy(padded, values + k, count * sizeof *values);
    pack_int4_part(&table, padded, row, blocks);
  }
}

/* The rows that complete the last group: weights of zero. */
static void pack_no_row(uint32_t packing, uint32_t depth, uint32_t row, uint8_t *blocks) {
  const uint8_t zero = packing == EDGE_INT8 ? 128 : 0; /* EDGE_INT4: by its scale */
  for (size_t at = 0; at < edge_group_bytes(packing, depth); at += EDGE_BLOCK)
    if (packing == EDGE_INT4 && at % EDGE_INT4_BYTES == 0) {
      memset(blocks + at + 2 * row, 0, 2);
      memset(blocks + at + 32 + 2 * row, 0, 2);
    } else {
      memset(blocks + at + 4 * row, zero, 4);
    }
}

void edge_pack_float(uint32_t packing, uint32_t rows, uint32_t depth, uint32_t first,
                     uint32_t count, const float *values, uint8_t *blocks, float *scales) {
  const size_t bytes = edge_group_bytes(packing, depth);
  for (uint32_t i = 0; i < edge_steps(count, EDGE_GROUP) * EDGE_GROUP; i++) {
    const uint32_t row = first + i;
    uint8_t *group = blocks + (size_t)(row / EDGE_GROUP) * bytes;
    if (i >= count || row >= rows)
      pack_no_row(packing, depth, row % EDGE_GROUP, group);
    else if (packing == EDGE_INT8)
      pack_int8_row(depth, values + (size_t)i * depth, group + 4 * (row % EDGE_GROUP),
                    scales + row);
    else
      pack_int4_row(depth, values + (size_t)i * depth, row % EDGE_GROUP, group);
  }
}
