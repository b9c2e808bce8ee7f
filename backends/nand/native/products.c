/* Threads share the rows, so each sum is one thread's, and pages may come in any order. */
#include "products.h"

#include <pthread.h>

#include "cells_split.h"
#include "products_codes.h"
#include "products_dot.h"

/* WIDEST: weights of a row that are looked at together. AHEAD: rows that memory is asked for before
 * they are needed; where little of each row belongs to the matrix, it would not guess them. */
enum { WIDEST = 2048, AHEAD = 12 };

static const uint64_t LEAST_WORK = 1 << 20; /* products for which a thread is worth its start */

/* What one thread does: rows first .. end - 1. */
struct share {
  const struct edge_nand_matrix *matrix;
  const int16_t *x;
  int64_t *sums;
  edge_nand_dot *dot;
  edge_nand_codes *codes;
  uint64_t cuts;
  uint32_t tokens, narrow, first, end;
};

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

/* Add a partial sum of a page; one that leaves the core has 16 bits where that is asked for. */
static void add(struct share *share, uint64_t place, int64_t part, int narrow) {
  if (narrow) {
    const uint32_t shift = share->matrix->shift;
    const int64_t steps = (part + (((int64_t)1 << shift) >> 1)) >> shift;
    const int64_t held = steps > INT16_MAX ? INT16_MAX : steps < INT16_MIN ? INT16_MIN : steps;
    share->cuts += held != steps;
    part = held * ((int64_t)1 << shift);
  }
  share->sums[place] += part;
}

/* A row of a page times every token. */
static void row_piece(struct share *share, const int8_t *w, uint32_t row, uint32_t column,
                      uint32_t count, int8_t flip, int narrow) {
  const struct edge_nand_matrix *m = share->matrix;
  for (uint32_t token = 0; token < share->tokens; token++) {
    const int16_t *x = share->x + (uint64_t)token * m->inputs + column;
    add(share, (uint64_t)token * m->rows + row, share->dot(w, x, count, flip), narrow);
  }
}

/* Weights of fewer bits. A row too wide for one look goes in pieces, whose sum is still the page's. */
static void packed_row(struct share *share, const uint8_t *page, uint64_t first, uint32_t row,
                       uint32_t column, uint32_t count, int narrow) {
  const struct edge_nand_matrix *m = share->matrix;
  const uint8_t flip = m->inverted ? 0xFF : 0;
  int8_t codes[WIDEST];
  if (count <= WIDEST) {
    share->codes(page, first, count, m->bits, flip, codes);
    row_piece(share, codes, row, column, count, 0, narrow);
    return;
  }
  for (uint32_t token = 0; token < share->tokens; token++) {
    const int16_t *x = share->x + (uint64_t)token * m->inputs + column;
    int64_t part = 0;
    for (uint32_t at = 0; at < count; at += WIDEST) {
      const uint32_t wide = least(count - at, WIDEST);
      share->codes(page, first + at, wide, m->bits, flip, codes);
      part += share->dot(codes, x + at, wide, 0);
    }
    add(share, (uint64_t)token * m->rows + row, part, narrow);
  }
}

static void one_page(struct share *share, uint32_t index) {
  const struct edge_nand_matrix *m = share->matrix;
  const uint32_t row = (uint32_t)m->row[index], column = (uint32_t)m->column[index];
  const uint32_t first = row < share->first ? share->first : row;
  const uint32_t end = least(share->end, row + m->page_rows);
  const uint32_t count = least(m->page_inputs, m->inputs - column);
  const uint8_t *page = m->store + m->stride * (uint64_t)m->page[index];
  const uint64_t ahead = (uint64_t)AHEAD * m->page_inputs;
  const int narrow = share->narrow && !m->by_npu[index];
  for (uint32_t r = first; r < end; r++) {
    const uint64_t weight = (uint64_t)(r - row) * m->page_inputs;
    if (r + AHEAD < end) __builtin_prefetch(page + (weight + ahead) * m->bits / 8);
    if (m->bits == 8)
      row_piece(share, (const int8_t *)page + weight, r, column, count, m->inverted ? -1 : 0, narrow);
    else
      packed_row(share, page, weight, r, column, count, narrow);
  }
}

static void *work(void *given) {
  struct share *share = given;
  for (uint32_t index = 0; index < share->matrix->pages; index++) one_page(share, index);
  return NULL;
}

/* Run the shares on threads; a share that gets none runs on the caller's. */
static uint64_t run(struct share *shares, uint32_t count) {
  pthread_t threads[EDGE_NAND_MOST_THREADS];
  int started[EDGE_NAND_MOST_THREADS];
  for (uint32_t i = 1; i < count; i++)
    started[i] = pthread_create(&threads[i], NULL, work, &shares[i]) == 0;
  work(&shares[0]);
  uint64_t cuts = shares[0].cuts;
  for (uint32_t i = 1; i < count; i++) {
    if (started[i])
      pthread_join(threads[i], NULL);
    else
      work(&shares[i]);
    cuts += shares[i].cuts;
  }
  return cuts;
}

uint64_t edge_nand_products(const struct edge_nand_matrix *matrix, const int16_t *x,
                            uint32_t tokens, int64_t *sums, uint32_t narrow, uint32_t threads,
                            uint32_t plain) {
  const uint64_t worth = 1 + (uint64_t)matrix->rows * matrix->inputs * tokens / LEAST_WORK;
  uint32_t count = least(least(threads, EDGE_NAND_MOST_THREADS), matrix->rows);
  if (worth < count) count = (uint32_t)worth;
  if (count == 0) count = 1;
  struct share shares[EDGE_NAND_MOST_THREADS];
  for (uint32_t i = 0; i < count; i++)
    shares[i] = (struct share){
        .matrix = matrix,
        .x = x,
        .sums = sums,
        .dot = plain ? edge_nand_dot_plain : edge_nand_best_dot(),
        .codes = plain ? edge_nand_codes_plain : edge_nand_best_codes(),
        .tokens = tokens,
        .narrow = narrow,
        .first = (uint32_t)((uint64_t)matrix->rows * i / count),
        .end = (uint32_t)((uint64_t)matrix->rows * (i + 1) / count),
    };
  return run(shares, count);
}
