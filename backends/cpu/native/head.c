/* The head: logits of the last tokens of a step. */
#include <string.h>

#include "engine.h"

enum { GROUP_ROWS = 16 };

static void float_rows(const struct edge_worker *worker, const struct edge_inputs *inputs,
                       struct edge_span groups, float *logits) {
  const struct edge_decoder *decoder = worker->decoder;
  const struct edge_matrix *matrix = &decoder->weights.head;
  const uint32_t last = groups.end * GROUP_ROWS;
  const uint32_t end = last < matrix->rows ? last : matrix->rows;
  for (uint32_t row = groups.first * GROUP_ROWS; row < end; row++)
    for (uint32_t c = 0; c < inputs->count; c++)
      logits[(size_t)c * matrix->rows + row] =
          edge_row_dot(decoder, matrix, row, inputs->x + c * inputs->x_stride);
}

static void groups_of_one(const struct edge_worker *worker, const struct edge_inputs *inputs,
                          uint32_t group, uint32_t groups, uint32_t column, float *y) {
  const struct edge_decoder *decoder = worker->decoder;
  const size_t at = column * inputs->code_stride;
  decoder->kernels->head_vector(&decoder->weights.head, group, groups, inputs->codes + at,
                                inputs->low + at, inputs->sums[column], inputs->factors[column],
                                y);
}

/* The last group may have rows that the matrix has not. */
static void group_of_one(const struct edge_worker *worker, const struct edge_inputs *inputs,
                         uint32_t group, uint32_t column, float *logits) {
  const uint32_t rest = worker->decoder->weights.head.rows - group * GROUP_ROWS;
  float y[GROUP_ROWS];
  groups_of_one(worker, inputs, group, 1, column, y);
  memcpy(logits + (size_t)group * GROUP_ROWS, y,
         (rest < GROUP_ROWS ? rest : GROUP_ROWS) * sizeof(float));
}

static void integer_rows(const struct edge_worker *worker, const struct edge_inputs *inputs,
                         struct edge_span groups, float *logits) {
  const uint32_t rows = worker->decoder->weights.head.rows, whole = rows / GROUP_ROWS;
  if (inputs->count == 1) {
    const uint32_t end = groups.end < whole ? groups.end : whole;
    if (groups.first < end)
      groups_of_one(worker, inputs, groups.first, end - groups.first, 0,
                    logits + (size_t)groups.first * GROUP_ROWS);
    if (groups.end > whole) group_of_one(worker, inputs, whole, 0, logits);
    return;
  }
  for (uint32_t group = groups.first; group < groups.end; group++) /* it stays in the cache */
    for (uint32_t c = 0; c < inputs->count; c++)
      group_of_one(worker, inputs, group, c, logits + (size_t)c * rows);
}

/* This thread's own logits. */
static void check(const struct edge_worker *worker, struct edge_span groups, uint32_t count,
                  const float *logits) {
  struct edge_decoder *decoder = worker->decoder;
  const uint32_t rows = decoder->weights.head.rows;
  const uint32_t first = groups.first * GROUP_ROWS, last = groups.end * GROUP_ROWS;
  const uint32_t end = last < rows ? last : rows;
  for (uint32_t c = 0; c < count && first < end; c++)
    edge_check(decoder, decoder->floats->absmax(logits + (size_t)c * rows + first, end - first));
}

static void rescore(const struct edge_worker *worker, const struct edge_inputs *inputs,
                    float *logits) {
  struct edge_decoder *decoder = worker->decoder;
  if (!decoder->rescore) return;
  edge_pool_barrier(decoder->pool);
  const struct edge_span span = edge_share(worker, inputs->count);
  for (uint32_t c = span.first; c < span.end; c++)
    edge_rescore(decoder, inputs->x + c * inputs->x_stride,
                 logits + (size_t)c * decoder->shape.vocabulary);
}

void edge_head(const struct edge_worker *worker, uint32_t rows, float *logits) {
  const struct edge_decoder *decoder = worker->decoder;
  const struct edge_matrix *matrix = &decoder->weights.head;
  const uint32_t hidden = decoder->shape.hidden;
  const float *last = decoder->shared.hidden + (size_t)(worker->count - rows) * hidden;
  const struct edge_inputs inputs = edge_prepare(worker, last, hidden, hidden, rows,
                                                 decoder->weights.final_norm,
                                                 edge_need_of(matrix));
  const struct edge_span groups =
      edge_share(worker, edge_round_up(matrix->rows, GROUP_ROWS) / GROUP_ROWS);
  if (edge_is_float(matrix)) {
    float_rows(worker, &inputs, groups, logits);
  } else {
    integer_rows(worker, &inputs, groups, logits);
  }
  check(worker, groups, rows, logits);
  rescore(worker, &inputs, logits);
}
