/* Wrong bits, drawn by their distance, so that good ones cost nothing.
 *
 * Each bit has a fixed threshold between 0 and 1, and is wrong where the rate is not below it. The
 * thresholds up to 0.5 are drawn in bands, (0, 2^-20], (2^-20, 2^-19] and so on: a band goes over
 * the page in steps of a geometric distribution, with the probability that a bit which no lower
 * band holds is in this one. A bit that several bands hit has the lowest of their thresholds. */
#include "cells.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "cells_split.h"

enum { LOWEST = -20, HIGHEST = -1 }; /* powers of two at which the first and last band end */

static const double LOG_2 = 0.693147180559945309417, ROOT_HALF = 0.707106781186547524401;
/* Of the series of atanh, the last first. */
static const double TERMS[] = {1. / 17, 1. / 15, 1. / 13, 1. / 11, 1. / 9,
                               1. / 7,  1. / 5,  1. / 3,  1.};

struct job {
  const struct edge_nand_cells *cells;
  uint8_t *rows;
  size_t stride;
  uint32_t *flips;
};

/* One page: its row, and which bits of it are wrong already. */
struct page {
  uint8_t *row;
  uint64_t bits, counted; /* counted: of the bits, how many from the first on */
  uint32_t flips;         /* counted ones */
  bool clean;
  uint8_t *wrong; /* [row_bytes] */
};

/* The finaliser of SplitMix64 (Steele, Lea and Flood, 2014). */
static uint64_t mix(uint64_t x) {
  x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
  x = (x ^ x >> 27) * 0x94D049BB133111EBu;
  return x ^ x >> 31;
}

/* The next number in (0, 1]. */
static double draw(uint64_t *state) {
  *state += 0x9E3779B97F4A7C15u;
  return (double)((mix(*state) >> 11) + 1) * 0x1p-53;
}

/* Half of log((1 + s) / (1 - s)). Plain arithmetic, since log() differs from one system to the
 * next in its last bit, and a bit of a page could with it. */
static double half_log(double s) {
  const double square = s * s;
  double sum = TERMS[0];
  for (int i = 1; i < 9; i++) sum = sum * square + TERMS[i];
  return sum * s;
}

/* -log(x) of 2^-53 <= x <= 1: x is 2^exponent times a part from 0.5 up to 1. */
static double minus_log(double x) {
  uint64_t bits;
  double part;
  memcpy(&bits, &x, sizeof bits);
  const int exponent = (int)(bits >> 52) - 1022;
  bits = (bits & 0xFFFFFFFFFFFFFu) | 1022ull << 52;
  memcpy(&part, &bits, sizeof part);
  const double half = half_log((part - ROOT_HALF) / (part + ROOT_HALF));
  return fabs((exponent - 0.5) * LOG_2 + 2.0 * half); /* never -0.0, nor a little below it */
}

static void flip(struct page *page, uint64_t bit) {
  const uint8_t mask = (uint8_t)(1u << bit % 8);
  if (page->wrong[bit / 8] & mask) return;
  page->wrong[bit / 8] |= mask;
  page->row[bit / 8] ^= mask;
  page->flips += bit < page->counted;
  page->clean = false;
}

/* How many bits come before the next hit: at most 53 log(2) times a mean of up to 2^20. */
static uint64_t gap(uint64_t *state, double mean) {
  return (uint64_t)(minus_log(draw(state)) * mean);
}

/* Flips the bits whose threshold lies above `low` and neither above `high` nor the rate. */
static void flip_band(struct page *page, uint64_t key, double low, double high, double rate) {
  const double hit = (high - low) / (1.0 - low);
  const double mean = 0.5 / half_log(hit / (2.0 - hit)); /* -1 / log(1 - hit) */
  uint64_t state = key;
  for (uint64_t bit = gap(&state, mean); bit < page->bits; bit += 1 + gap(&state, mean)) {
    if (low + (high - low) * draw(&state) <= rate) flip(page, bit);
  }
}

static void corrupt_page(const struct edge_nand_cells *cells, size_t index, struct page *page) {
  const double rate = cells->rates[index];
  uint64_t key = mix(cells->seed + mix(cells->stream));
  key = mix(key + (uint64_t)cells->physical[index]);
  key = mix(key + (uint64_t)cells->erases[index]);
  double low = 0.0;
  for (int power = LOWEST; power <= HIGHEST && low < rate; power++) {
    const double high = ldexp(1.0, power);
    flip_band(page, mix(key + (uint64_t)(power - LOWEST + 1)), low, high, rate);
    low = high;
  }
}

static void corrupt(void *context, size_t first, size_t end, uint32_t share) {
  (void)share;
  const struct job *job = context;
  uint8_t wrong[EDGE_NAND_MOST_ROW_BYTES];
  bool clean = false;
  for (size_t index = first; index < end; index++) {
    const size_t bytes = job->cells->row_bytes;
    const uint64_t counted = 8 * job->cells->counted_bytes;
    struct page page = {job->rows + index * job->stride, 8 * bytes, counted, 0, true, wrong};
    if (!clean) memset(wrong, 0, bytes);
    corrupt_page(job->cells, index, &page);
    job->flips[index] = page.flips;
    clean = page.clean;
  }
}

void edge_nand_corrupt(const struct edge_nand_cells *cells, uint8_t *rows, size_t stride,
                       size_t pages, uint32_t threads, uint32_t *flips) {
  struct job job = {cells, rows, stride, flips};
  if (cells->row_bytes <= EDGE_NAND_MOST_ROW_BYTES) edge_nand_split(pages, threads, corrupt, &job);
}
