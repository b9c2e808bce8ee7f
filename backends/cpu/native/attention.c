/* Attention of the step's tokens over the cache, which they are put into first.
 *
 * Query rows that read the same keys (the heads of a group, a few tokens) go together over tiles of
 * 16 positions. Each row's own order of additions does not depend on the others.
 */
#include <math.h>
#include <string.h>

#include "engine.h"

/* Query heads first .. end of one group, tokens first .. end: the rows that go together. */
struct item {
  uint32_t layer, kv_head;
  struct edge_span heads, tokens;
};

static float *head_of(float *rows, uint32_t token, uint32_t heads, uint32_t head,
                      uint32_t head_size) {
  return rows + ((size_t)token * heads + head) * head_size;
}

static uint32_t group_size(const struct edge_shape *shape) {
  return shape->heads / shape->kv_heads;
}

/* RoPE on a token's kv head and its queries; keys and values into the cache. */
static void enter(const struct edge_worker *worker, uint32_t layer, uint32_t token,
                  uint32_t kv_head) {
  const struct edge_decoder *decoder = worker->decoder;
  const struct edge_shape *shape = &decoder->shape;
  const struct edge_shared *shared = &decoder->shared;
  const uint32_t size = shape->head_size, pairs = size / 2, group = group_size(shape);
  const float *cosines = shared->cosines + (size_t)token * pairs;
  const float *sines = shared->sines + (size_t)token * pairs;
  const float scale = 1.0f / sqrtf((float)size);
  float *key = head_of(shared->keys, token, shape->kv_heads, kv_head, size);
  const float *value = head_of(shared->values, token, shape->kv_heads, kv_head, size);
  decoder->floats->rotate(key, cosines, sines, pairs, 1.0f);
  for (uint32_t i = 0; i < group; i++) {
    float *query = head_of(shared->queries, token, shape->heads, kv_head * group + i, size);
    decoder->floats->rotate(query, cosines, sines, pairs, scale);
  }
  edge_cache_store(worker, layer, kv_head, decoder->position + token, key, value);
}

/* The rows of an item, by number: its token and query head. */
static uint32_t row_count(const struct item *item) {
  return (item->heads.end - item->heads.first) * (item->tokens.end - item->tokens.first);
}

static uint32_t row_token(const struct item *item, uint32_t row) {
  return item->tokens.first + row / (item->heads.end - item->heads.first);
}

static uint32_t row_head(const struct item *item, uint32_t row) {
  return item->heads.first + row % (item->heads.end - item->heads.first);
}

/* Positions that a row sees within a block of 16. */
static uint32_t visible(const struct edge_decoder *decoder, const struct item *item, uint32_t row,
                        uint32_t block) {
  const uint32_t length = decoder->position + row_token(item, row) + 1, before = 16 * block;
  if (length <= before) return 0;
  return length - before < 16 ? length - before : 16;
}

static uint32_t blocks_of(const struct edge_decoder *decoder, const struct item *item) {
  return edge_round_up(decoder->position + item->tokens.end, 16) / 16;
}

static void score(const struct edge_worker *worker, const struct item *item) {
  const struct edge_decoder *decoder = worker->decoder;
  const struct edge_shape *shape = &decoder->shape;
  const struct edge_scratch *scratch = worker->scratch;
  const uint32_t size = shape->head_size, rows = row_count(item);
  const uint32_t blocks = blocks_of(decoder, item);
  for (uint32_t block = 0; block < blocks; block++) {
    const float *scales =
        edge_cache_keys(decoder, item->layer, item->kv_head, block, scratch->tile);
    for (uint32_t row = 0; row < rows; row++) {
      if (!visible(decoder, item, row, block)) continue;
      const float *query = head_of(decoder->shared.queries, row_token(item, row), shape->heads,
                                   row_head(item, row), size);
      float *scores = scratch->scores + (size_t)row * decoder->cache.context + 16 * block;
      decoder->floats->scores(query, scratch->tile, size, scores);
      if (scales) decoder->floats->multiply(scores, scales, 16);
    }
  }
}

static void mix(const struct edge_worker *worker, const struct item *item) {
  const struct edge_decoder *decoder = worker->decoder;
  const struct edge_scratch *scratch = worker->scratch;
  const uint32_t width = decoder->cache.width, rows = row_count(item);
  const uint32_t blocks = blocks_of(decoder, item);
  memset(scratch->mixed, 0, (size_t)rows * width * sizeof(float));
  for (uint32_t block = 0; block < blocks; block++) {
    const uint32_t most = visible(decoder, item, rows - 1, block);
    const float *scales =
        edge_cache_values(decoder, item->layer, item->kv_head, block, most, scratch->tile);
    for (uint32_t row = 0; row < rows; row++) {
      const uint32_t count = visible(decoder, item, row, block);
      float *shares = scratch->scores + (size_t)row * decoder->cache.context + 16 * block;
      if (scales && count) decoder->floats->multiply(shares, scales, 16);
      decoder->floats->mix(shares, count, scratch->tile, width, scratch->mixed + row * width);
    }
  }
}

static void attend(const struct edge_worker *worker, const struct item *item) {
  const struct edge_decoder *decoder = worker->decoder;
  const struct edge_shape *shape = &decoder->shape;
  const struct edge_scratch *scratch = worker->scratch;
  const uint32_t rows = row_count(item);
  float inverse[ATTENTION_ROWS];
  score(worker, item);
  for (uint32_t row = 0; row < rows; row++)
    inverse[row] =
        decoder->floats->softmax(scratch->scores + (size_t)row * decoder->cache.context,
                                 decoder->position + row_token(item, row) + 1);
  mix(worker, item);
  for (uint32_t row = 0; row < rows; row++)
    decoder->floats->shrink(scratch->mixed + (size_t)row * decoder->cache.width, inverse[row],
                            shape->head_size,
                            head_of(decoder->shared.mixed, row_token(item, row), shape->heads,
                                    row_head(item, row), shape->head_size));
}

/* Query heads first .. end of one token, cut where a group ends and where rows are enough. */
static void attend_heads(const struct edge_worker *worker, uint32_t layer, uint32_t token,
                         struct edge_span heads) {
  const uint32_t group = group_size(&worker->decoder->shape);
  for (uint32_t first = heads.first; first < heads.end;) {
    uint32_t end = (first / group + 1) * group;
    if (end > heads.end) end = heads.end;
    if (end - first > ATTENTION_ROWS) end = first + ATTENTION_ROWS;
    const struct item item = {layer, first / group, {first, end}, {token, token + 1}};
    attend(worker, &item);
    first = end;
  }
}

/* Tokens together, where a group has few heads; otherwise one at a time. */
static void attend_tokens(const struct edge_worker *worker, uint32_t layer, uint32_t kv_head,
                          uint32_t group, struct edge_span tokens) {
  const struct edge_span heads = {kv_head * group, (kv_head + 1) * group};
  if (group <= ATTENTION_ROWS) {
    const struct item item = {layer, kv_head, heads, tokens};
    attend(worker, &item);
    return;
  }
  for (uint32_t token = tokens.first; token < tokens.end; token++)
    attend_heads(worker, layer, token, heads);
}

/* Later tokens see more: items go round the threads, so that each has early and late ones. */
static void attend_block(const struct edge_worker *worker, uint32_t layer) {
  const struct edge_shape *shape = &worker->decoder->shape;
  const uint32_t group = group_size(shape);
  const uint32_t step = group >= ATTENTION_ROWS ? 1 : ATTENTION_ROWS / group;
  uint32_t number = 0;
  for (uint32_t token = 0; token < worker->count; token += step) {
    const uint32_t end = worker->count - token < step ? worker->count : token + step;
    for (uint32_t kv_head = 0; kv_head < shape->kv_heads; kv_head++)
      if (number++ % worker->threads == worker->thread)
        attend_tokens(worker, layer, kv_head, group, (struct edge_span){token, end});
  }
}

static void attend_one(const struct edge_worker *worker, uint32_t layer) {
  const struct edge_shape *shape = &worker->decoder->shape;
  const struct edge_span kv_heads = edge_share(worker, shape->kv_heads);
  const uint32_t group = group_size(shape);
  for (uint32_t kv_head = kv_heads.first; kv_head < kv_heads.end; kv_head++)
    enter(worker, layer, 0, kv_head);
  struct edge_span heads = {kv_heads.first * group, kv_heads.end * group};
  if (shape->kv_heads % worker->threads) { /* an even share of query heads, then */
    edge_pool_barrier(worker->decoder->pool);
    heads = edge_share(worker, shape->heads);
  }
  attend_heads(worker, layer, 0, heads);
}

void edge_attention(const struct edge_worker *worker, uint32_t layer) {
  if (worker->count == 1) {
    attend_one(worker, layer);
    return;
  }
  const struct edge_span tokens = edge_share(worker, worker->count);
  for (uint32_t token = tokens.first; token < tokens.end; token++)
    for (uint32_t kv_head = 0; kv_head < worker->decoder->shape.kv_heads; kv_head++)
      enter(worker, layer, token, kv_head);
  edge_pool_barrier(worker->decoder->pool);
  attend_block(worker, layer);
}
