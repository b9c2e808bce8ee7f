/* The cache of keys and values, in one of three precisions. */
#include <string.h>

#include "engine.h"
#include "float16.h"

static uint32_t entry_bytes(uint32_t kind) {
  return kind == EDGE_CACHE_FLOAT32 ? 4 : kind == EDGE_CACHE_FLOAT16 ? 2 : 1;
}

static uint32_t padded(uint32_t context) { return edge_round_up(context, 16); }

/* Runs of a kv head of a layer, over the whole context. */
static uint64_t runs(const struct edge_shape *shape) {
  return (uint64_t)shape->layers * shape->kv_heads;
}

static uint64_t key_bytes(const struct edge_shape *shape, uint32_t context, uint32_t kind) {
  return runs(shape) * padded(context) * shape->head_size * entry_bytes(kind);
}

static uint64_t value_bytes(const struct edge_shape *shape, uint32_t context, uint32_t kind) {
  return runs(shape) * padded(context) * edge_round_up(shape->head_size, 16) * entry_bytes(kind);
}

static uint64_t scale_bytes(const struct edge_shape *shape, uint32_t context, uint32_t kind) {
  return kind == EDGE_CACHE_INT8 ? runs(shape) * padded(context) * sizeof(float) : 0;
}

uint64_t edge_cache_bytes(const struct edge_shape *shape, uint32_t context, uint32_t kind) {
  return key_bytes(shape, context, kind) + value_bytes(shape, context, kind) +
         2 * scale_bytes(shape, context, kind);
}

int edge_cache_map(struct edge_decoder *decoder, uint32_t context, uint32_t kind) {
  const struct edge_shape *shape = &decoder->shape;
  const uint64_t bytes = edge_cache_bytes(shape, context, kind);
  if (bytes > SIZE_MAX / 2) return 0;
  uint8_t *memory = edge_map((size_t)bytes);
  if (!memory) return 0;
  decoder->cache_memory = memory;
  decoder->cache_memory_bytes = (size_t)bytes;
  uint8_t *values = memory + key_bytes(shape, context, kind);
  uint8_t *key_scales = values + value_bytes(shape, context, kind);
  uint8_t *value_scales = key_scales + scale_bytes(shape, context, kind);
  decoder->cache = (struct edge_cache){
      .kind = kind,
      .context = padded(context),
      .head_size = shape->head_size,
      .width = edge_round_up(shape->head_size, 16),
      .kv_heads = shape->kv_heads,
      .keys = memory,
      .values = values,
      .key_scales = (float *)(void *)key_scales,
      .value_scales = (float *)(void *)value_scales,
  };
  return 1;
}

/* Positions before those of a kv head of a layer. */
static size_t run_of(const struct edge_cache *cache, uint32_t layer, uint32_t head) {
  return ((size_t)layer * cache->kv_heads + head) * cache->context;
}

/* x [width, padded with zeros] in the cache's precision, into `narrow`. Returns the scale. */
static float narrow(const struct edge_worker *worker, const float *x, uint32_t kind,
                    uint32_t width) {
  const struct edge_floats *floats = worker->decoder->floats;
  void *to = worker->scratch->narrow;
  const float absmax = floats->absmax(x, width);
  edge_check(worker->decoder, absmax); /* a narrow form would hide it */
  if (kind == EDGE_CACHE_FLOAT32) {
    memcpy(to, x, width * sizeof(float));
  } else if (kind == EDGE_CACHE_FLOAT16) {
    floats->narrow_half(x, width, to);
  } else {
    const float most = absmax > 1e-30f ? absmax : 1e-30f;
    floats->quantise(x, width, 127.0f / most, to);
    return most / 127.0f;
  }
  return 1;
}

/* One entry for each 16: a column of a block. */
static void scatter(uint8_t *column, const void *row, uint32_t count, uint32_t bytes) {
  const uint8_t *from = row;
  for (uint32_t d = 0; d < count; d++) {
    memcpy(column, from, bytes);
    column += 16 * (size_t)bytes;
    from += bytes;
  }
}

void edge_cache_store(const struct edge_worker *worker, uint32_t layer, uint32_t head,
                      uint32_t position, const float *key, const float *value) {
  const struct edge_cache *cache = &worker->decoder->cache;
  const uint32_t bytes = entry_bytes(cache->kind);
  const size_t run = run_of(cache, layer, head), at = run + position;
  float *padded_row = worker->scratch->tile;
  uint16_t *narrowed = worker->scratch->narrow;
  memset(padded_row, 0, cache->width * sizeof(float));
  memcpy(padded_row, key, cache->head_size * sizeof(float));
  const float key_scale = narrow(worker, padded_row, cache->kind, cache->width);
  uint8_t *block = cache->keys + (run + position / 16 * 16) * cache->head_size * bytes;
  scatter(block + (size_t)(position % 16) * bytes, narrowed, cache->head_size, bytes);
  memcpy(padded_row, value, cache->head_size * sizeof(float));
  const float value_scale = narrow(worker, padded_row, cache->kind, cache->width);
  memcpy(cache->values + at * cache->width * bytes, narrowed, (size_t)cache->width * bytes);
  if (cache->kind != EDGE_CACHE_INT8) return;
  cache->key_scales[at] = key_scale;
  cache->value_scales[at] = value_scale;
}

static void widen(const struct edge_decoder *decoder, const uint8_t *from, uint32_t n, float *y) {
  const uint32_t kind = decoder->cache.kind;
  if (kind == EDGE_CACHE_FLOAT32) {
    memcpy(y, from, n * sizeof(float));
  } else if (kind == EDGE_CACHE_FLOAT16) {
    decoder->floats->widen_half((const uint16_t *)(const void *)from, n, y);
  } else {
    decoder->floats->widen_int8((const int8_t *)from, n, y);
  }
}

const float *edge_cache_keys(const struct edge_decoder *decoder, uint32_t layer, uint32_t head,
                             uint32_t block, float *tile) {
  const struct edge_cache *cache = &decoder->cache;
  const size_t at = run_of(cache, layer, head) + 16 * (size_t)block;
  const uint8_t *from = cache->keys + at * cache->head_size * entry_bytes(cache->kind);
  widen(decoder, from, 16 * cache->head_size, tile);
  return cache->kind == EDGE_CACHE_INT8 ? cache->key_scales + at : NULL;
}

const float *edge_cache_values(const struct edge_decoder *decoder, uint32_t layer, uint32_t head,
                               uint32_t block, uint32_t count, float *tile) {
  const struct edge_cache *cache = &decoder->cache;
  const size_t at = run_of(cache, layer, head) + 16 * (size_t)block;
  const uint8_t *from = cache->values + at * cache->width * entry_bytes(cache->kind);
  widen(decoder, from, count * cache->width, tile);
  return cache->kind == EDGE_CACHE_INT8 ? cache->value_scales + at : NULL;
}
