/* Threads share the rows, so each sum is one thread's, and pages may come in any order. */
#include "products.h"

#include <stdatomic.h>

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
  _Atomic uint64_t *all_cuts; /* of all threads */
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

static void work(void *given, size_t first, size_t end, uint32_t index) {
  struct share share = *(const struct share *)given;
  (void)index;
  share.first = (uint32_t)first;
  share.end = (uint32_t)end;
  for (uint32_t page = 0; page < share.matrix->pages; page++) one_page(&share, page);
  atomic_fetch_add(share.all_cuts, share.cuts);
}

uint64_t edge_nand_products(const struct edge_nand_matrix *matrix, const int16_t *x,
                            uint32_t tokens, int64_t *sums, uint32_t narrow, uint32_t threads,
                            uint32_t plain) {
  const uint64_t worth = 1 + (uint64_t)matrix->rows * matrix->inputs * tokens / LEAST_WORK;
  _Atomic uint64_t cuts = 0;
  struct share whole = {
      .matrix = matrix,
      .x = x,
      .sums = sums,
      .dot = plain ? edge_nand_dot_plain : edge_nand_best_dot(),
      .codes = plain ? edge_nand_codes_plain : edge_nand_best_codes(),
      .all_cuts = &cuts,
      .tokens = tokens,
      .narrow = narrow,
  };
  edge_nand_split(matrix->rows, worth < threads ? (uint32_t)worth : threads, work, &whole);
  return cuts;
}
