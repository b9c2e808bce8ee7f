/* The forward pass of one step: every thread goes through all of it, and barriers keep them
 * together. docs/decoder-engine.md tells which thread writes what between them. */
#include <math.h>
#include <string.h>

#include "engine.h"
#include "float16.h"

struct step {
  struct edge_decoder *decoder;
  uint32_t count, rows; /* tokens, and how many of the last ones want logits */
  float *logits;
};

static void embed(const struct edge_decoder *decoder, const int32_t *tokens, uint32_t count) {
  const struct edge_matrix *embedding = &decoder->weights.embedding;
  const uint32_t hidden = decoder->shape.hidden;
  const uint32_t entry = embedding->packing == EDGE_FLOAT32 ? 4 : 2;
  for (uint32_t c = 0; c < count; c++) {
    const uint8_t *row = embedding->blocks + (size_t)tokens[c] * hidden * entry;
    float *to = decoder->shared.hidden + (size_t)c * hidden;
    if (embedding->packing == EDGE_FLOAT32) {
      memcpy(to, row, hidden * sizeof(float));
    } else {
      for (uint32_t i = 0; i < hidden; i++) to[i] = edge_float16_value(row + 2 * (size_t)i);
    }
  }
}

static void angles(const struct edge_decoder *decoder, uint32_t count) {
  const uint32_t pairs = decoder->shape.head_size / 2;
  for (uint32_t c = 0; c < count; c++) {
    for (uint32_t i = 0; i < pairs; i++) {
      const float angle = (float)(decoder->position + c) * decoder->weights.frequencies[i];
      decoder->shared.cosines[(size_t)c * pairs + i] = (float)cos(angle);
      decoder->shared.sines[(size_t)c * pairs + i] = (float)sin(angle);
    }
  }
}

static void attention(const struct edge_worker *worker, const struct edge_layer *layer,
                      uint32_t index) {
  const struct edge_decoder *decoder = worker->decoder;
  const struct edge_shape *shape = &decoder->shape;
  const struct edge_shared *shared = &decoder->shared;
  const uint32_t wide = shape->heads * shape->head_size;
  const uint32_t narrow = shape->kv_heads * shape->head_size;
  const struct edge_output qkv[] = {{&layer->query, shared->queries, wide, 0},
                                    {&layer->key, shared->keys, narrow, 0},
                                    {&layer->value, shared->values, narrow, 0}};
  const struct edge_output out = {&layer->output, shared->hidden, shape->hidden, 1};
  const unsigned need = edge_need_of(&layer->query.matrix) | edge_need_of(&layer->key.matrix) |
                        edge_need_of(&layer->value.matrix);
  const struct edge_inputs x =
      edge_prepare(worker, shared->hidden, shape->hidden, shape->hidden, worker->count,
                   layer->attention_norm, need);
  edge_linears(worker, &x, qkv, 3);
  edge_pool_barrier(decoder->pool);
  edge_attention(worker, index);
  edge_pool_barrier(decoder->pool);
  const struct edge_inputs mixed =
      edge_prepare(worker, shared->mixed, wide, wide, worker->count, layer->attention_sub_norm,
                   edge_need_of(&layer->output.matrix));
  edge_linears(worker, &mixed, &out, 1);
  edge_pool_barrier(decoder->pool);
}

static void feed_forward(const struct edge_worker *worker, const struct edge_layer *layer) {
  const struct edge_decoder *decoder = worker->decoder;
  const struct edge_shape *shape = &decoder->shape;
  const struct edge_shared *shared = &decoder->shared;
  const struct edge_output down = {&layer->down, shared->hidden, shape->hidden, 1};
  const unsigned need = edge_need_of(&layer->gate.matrix) | edge_need_of(&layer->up.matrix);
  const struct edge_inputs x = edge_prepare(worker, shared->hidden, shape->hidden, shape->hidden,
                                            worker->count, layer->ffn_norm, need);
  edge_gated(worker, &x, layer);
  edge_pool_barrier(decoder->pool);
  const struct edge_inputs gated =
      edge_prepare(worker, shared->gated, shape->intermediate, shape->intermediate,
                   worker->count, layer->ffn_sub_norm, edge_need_of(&layer->down.matrix));
  edge_linears(worker, &gated, &down, 1);
  edge_pool_barrier(decoder->pool);
}

static void forward(void *context, uint32_t thread) {
  const struct step *step = context;
  struct edge_decoder *decoder = step->decoder;
  const struct edge_worker worker = {decoder, &decoder->scratch[thread], thread,
                                     edge_pool_threads(decoder->pool), step->count};
  for (uint32_t index = 0; index < decoder->shape.layers; index++) {
    const struct edge_layer *layer = &decoder->weights.layers[index];
    attention(&worker, layer, index);
    feed_forward(&worker, layer);
  }
  if (step->rows) edge_head(&worker, step->rows, step->logits);
}

int edge_decoder_step(struct edge_decoder *decoder, const int32_t *tokens, uint32_t count,
                      uint32_t want, float *logits) {
  struct step step = {decoder, count, 0, logits};
  if (want == EDGE_LAST_LOGITS) step.rows = 1;
  if (want == EDGE_ALL_LOGITS) step.rows = count;
  atomic_store(&decoder->broken, 0);
  embed(decoder, tokens, count);
  angles(decoder, count);
  edge_pool_run(decoder->pool, forward, &step);
  if (atomic_load(&decoder->broken)) return EDGE_NOT_FINITE;
  decoder->position += count;
  return EDGE_DONE;
}
