/* Linear layers over the tokens of a step: one at a time by matrix-vector products, which wait for
 * memory; several by matrix-matrix products over tiles of 64 rows. */
#include "engine.h"

enum { GROUP_ROWS = 16, TILE_GROUPS = 4, TILE_ROWS = 64 };

static uint32_t groups_of(const struct edge_matrix *matrix) {
  return edge_round_up(matrix->rows, GROUP_ROWS) / GROUP_ROWS;
}

/* Where a part of a matrix goes: rows of one token each, `add` to what is there. */
struct target {
  float *y; /* of the part's first row */
  size_t stride;
  int add;
};

static void put(const struct edge_worker *worker, const int32_t *sums, uint32_t rows, float factor,
                float *y, int add) {
  worker->decoder->floats->scale(sums, rows, factor, add ? y : NULL, y);
}

/* What a sum of codes is multiplied with. */
static float factor_of(const struct edge_linear *linear, const struct edge_inputs *inputs,
                       uint32_t column) {
  return linear->scale * inputs->factors[column] / 127.0f;
}

static uint32_t rows_within(const struct edge_matrix *matrix, uint32_t group, uint32_t groups) {
  const uint32_t rest = matrix->rows - group * GROUP_ROWS;
  return rest < groups * GROUP_ROWS ? rest : groups * GROUP_ROWS;
}

static void ternary_vector(const struct edge_worker *worker, const struct edge_linear *linear,
                           uint32_t group, uint32_t groups, const struct edge_inputs *inputs,
                           struct target to) {
  int32_t *sums = worker->scratch->sums;
  worker->decoder->kernels->ternary_vector(&linear->matrix, group, groups, inputs->codes,
                                           inputs->sums[0], sums);
  put(worker, sums, rows_within(&linear->matrix, group, groups),
      factor_of(linear, inputs, 0), to.y, to.add);
}

static void ternary_tile(const struct edge_worker *worker, const struct edge_linear *linear,
                         uint32_t group, uint32_t groups, const struct edge_inputs *inputs,
                         struct target to) {
  int32_t *sums = worker->scratch->sums;
  const uint32_t rows = rows_within(&linear->matrix, group, groups);
  worker->decoder->kernels->ternary_matrix(&linear->matrix, group, groups, inputs->codes,
                                           inputs->code_stride, inputs->sums, inputs->count,
                                           worker->scratch->unpacked, sums);
  for (uint32_t c = 0; c < inputs->count; c++)
    put(worker, sums + TILE_ROWS * c, rows, factor_of(linear, inputs, c),
        to.y + c * to.stride, to.add);
}

static void dense(const struct edge_worker *worker, const struct edge_linear *linear,
                  uint32_t group, uint32_t groups, const struct edge_inputs *inputs,
                  struct target to) {
  const struct edge_decoder *decoder = worker->decoder;
  const uint32_t first = group * GROUP_ROWS, rows = rows_within(&linear->matrix, group, groups);
  for (uint32_t r = 0; r < rows; r++) {
    for (uint32_t c = 0; c < inputs->count; c++) {
      const float *x = inputs->x + c * inputs->x_stride;
      const float value = edge_row_dot(decoder, &linear->matrix, first + r, x);
      float *y = to.y + c * to.stride + r;
      *y = to.add ? *y + value : value;
    }
  }
}

/* Groups of one matrix: all at once for a single token, in tiles for more. */
static void part(const struct edge_worker *worker, const struct edge_linear *linear,
                 uint32_t group, uint32_t end, const struct edge_inputs *inputs,
                 struct target to) {
  if (edge_is_float(&linear->matrix)) {
    dense(worker, linear, group, end - group, inputs, to);
  } else if (inputs->count == 1) {
    ternary_vector(worker, linear, group, end - group, inputs, to);
  } else {
    for (; group < end; group += TILE_GROUPS, to.y += TILE_ROWS) {
      const uint32_t groups = end - group < TILE_GROUPS ? end - group : TILE_GROUPS;
      ternary_tile(worker, linear, group, groups, inputs, to);
    }
  }
}

static uint32_t unit_groups(const struct edge_inputs *inputs) {
  return inputs->count == 1 ? 1 : TILE_GROUPS;
}

/* Of a list of `units` that begins at `before`, what this thread has, in groups. */
static struct edge_span own(const struct edge_span *span, uint32_t before, uint32_t units,
                            uint32_t unit, uint32_t groups) {
  struct edge_span found = {span->first > before ? span->first - before : 0,
                            span->end > before ? span->end - before : 0};
  if (found.end > units) found.end = units;
  found.first *= unit;
  found.end *= unit;
  if (found.end > groups) found.end = groups;
  return found;
}

static uint32_t units_of(const struct edge_matrix *matrix, uint32_t unit) {
  return edge_round_up(groups_of(matrix), unit) / unit;
}

void edge_linears(const struct edge_worker *worker, const struct edge_inputs *inputs,
                  const struct edge_output *outputs, uint32_t count) {
  const uint32_t unit = unit_groups(inputs);
  uint32_t total = 0, before = 0;
  for (uint32_t i = 0; i < count; i++) total += units_of(&outputs[i].linear->matrix, unit);
  const struct edge_span span = edge_share(worker, total);
  for (uint32_t i = 0; i < count; i++) {
    const struct edge_output *output = &outputs[i];
    const struct edge_matrix *matrix = &output->linear->matrix;
    const uint32_t units = units_of(matrix, unit);
    const struct edge_span groups = own(&span, before, units, unit, groups_of(matrix));
    const struct target to = {output->y + (size_t)groups.first * GROUP_ROWS, output->stride,
                              output->add};
    if (groups.first < groups.end)
      part(worker, output->linear, groups.first, groups.end, inputs, to);
    before += units;
  }
}

static void activate(const struct edge_worker *worker, const struct target *gate,
                     const struct target *up, uint32_t rows, uint32_t count) {
  const struct edge_decoder *decoder = worker->decoder;
  for (uint32_t c = 0; c < count; c++)
    decoder->floats->activate(decoder->shape.activation, gate->y + c * gate->stride,
                              up->y + c * up->stride, rows);
}

void edge_gated(const struct edge_worker *worker, const struct edge_inputs *inputs,
                const struct edge_layer *layer) {
  struct edge_decoder *decoder = worker->decoder;
  const uint32_t unit = unit_groups(inputs), intermediate = decoder->shape.intermediate;
  const struct edge_matrix *matrix = &layer->gate.matrix;
  const struct edge_span all = edge_share(worker, units_of(matrix, unit));
  const struct edge_span span = own(&all, 0, all.end, unit, groups_of(matrix));
  const uint32_t step = inputs->count == 1 ? span.end - span.first : TILE_GROUPS;
  for (uint32_t group = span.first; group < span.end; group += step) {
    const uint32_t end = span.end - group < step ? span.end : group + step;
    const struct target gate = {decoder->shared.gated + (size_t)group * GROUP_ROWS, intermediate,
                                0};
    const struct target up = {worker->scratch->up, TILE_ROWS, 0};
    part(worker, &layer->gate, group, end, inputs, gate);
    part(worker, &layer->up, group, end, inputs, up);
    activate(worker, &gate, &up, rows_within(matrix, group, end - group), inputs->count);
  }
}
