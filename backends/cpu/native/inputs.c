/* Inputs of linear layers: normalised, then rounded to integers where the weights are integers. */
#include <math.h>
#include <string.h>

#include "engine.h"

/* The smallest absmax that activations are scaled by, and the largest codes. */
static const float LEAST_ABSMAX = 1e-5f, MOST_CODE = 127.0f, MOST_FINE_CODE = 127.0f * 128.0f;

struct rows {
  const float *from;
  size_t stride;
  uint32_t width;
  const float *norm;
  unsigned need;
};

static void quantise(const struct edge_decoder *decoder, const struct rows *rows, const float *x,
                     uint32_t row, const struct edge_workspace *to) {
  const struct edge_floats *floats = decoder->floats;
  const uint32_t width = rows->width, end = edge_round_up(width, 16);
  const size_t at = row * decoder->code_stride, rest = decoder->code_stride - end;
  const float absmax = floats->absmax(x, width);
  const float most = absmax > LEAST_ABSMAX ? absmax : LEAST_ABSMAX;
  if (rows->need & NEED_FINE_CODES) {
    to->factors[row] = most / MOST_FINE_CODE;
    to->sums[row] = floats->quantise_fine(x, width, MOST_FINE_CODE / most, to->codes + at,
                                          to->low + at);
    memset(to->low + at + end, 0, rest);
  } else {
    to->factors[row] = most;
    to->sums[row] = floats->quantise(x, width, MOST_CODE / most, to->codes + at);
  }
  memset(to->codes + at + end, 0, rest);
}

static void prepare_row(struct edge_decoder *decoder, const struct rows *rows, uint32_t row,
                        const struct edge_workspace *to) {
  const struct edge_floats *floats = decoder->floats;
  const float *x = rows->from + row * rows->stride;
  float size;
  if (rows->norm) {
    float *y = to->x + row * decoder->x_stride;
    size = floats->norm(x, rows->norm, decoder->shape.epsilon, rows->width, y);
    x = y;
  } else {
    size = floats->absmax(x, rows->width);
  }
  edge_check(decoder, size);
  if (rows->need & ~(unsigned)NEED_FLOATS) quantise(decoder, rows, x, row, to);
}

struct edge_inputs edge_prepare(const struct edge_worker *worker, const float *rows, size_t stride,
                                uint32_t width, uint32_t count, const float *weights,
                                unsigned need) {
  struct edge_decoder *decoder = worker->decoder;
  const struct rows from = {rows, stride, width, weights, need};
  const struct edge_workspace *to =
      count == 1 ? &worker->scratch->workspace : &decoder->workspace;
  if (count == 1) {
    prepare_row(decoder, &from, 0, to);
  } else {
    const struct edge_span span = edge_share(worker, count);
    for (uint32_t row = span.first; row < span.end; row++) prepare_row(decoder, &from, row, to);
    edge_pool_barrier(decoder->pool);
  }
  return (struct edge_inputs){
      .x = weights ? to->x : rows,
      .codes = to->codes,
      .low = to->low,
      .factors = to->factors,
      .sums = to->sums,
      .x_stride = weights ? decoder->x_stride : stride,
      .code_stride = decoder->code_stride,
      .count = count,
  };
}
