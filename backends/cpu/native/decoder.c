/* Making and freeing a decoder: which form, which threads, and all memory of its steps. */
#include "decoder.h"

#include <stdlib.h>

#include "engine.h"

/* Cuts memory into pieces; without memory it only counts. */
struct cutter {
  uint8_t *memory;
  size_t used;
};

static void *cut(struct cutter *cutter, size_t bytes) {
  void *piece = cutter->memory ? cutter->memory + cutter->used : NULL;
  cutter->used += (bytes + 63) / 64 * 64;
  return piece;
}

static float *cut_floats(struct cutter *cutter, size_t count) {
  return cut(cutter, count * sizeof(float));
}

static uint32_t larger(uint32_t a, uint32_t b) { return a > b ? a : b; }

/* The widest input of a linear layer, and the most rows of one. */
static uint32_t widest(const struct edge_shape *shape) {
  return larger(shape->heads * shape->head_size, larger(shape->hidden, shape->intermediate));
}

static struct edge_workspace cut_workspace(struct cutter *cutter,
                                           const struct edge_decoder *decoder, uint32_t rows) {
  return (struct edge_workspace){
      .x = cut_floats(cutter, rows * decoder->x_stride),
      .codes = cut(cutter, rows * decoder->code_stride),
      .low = cut(cutter, rows * decoder->code_stride),
      .factors = cut_floats(cutter, rows),
      .sums = cut(cutter, rows * sizeof(int32_t)),
  };
}

static struct edge_shared cut_shared(struct cutter *cutter, const struct edge_shape *shape) {
  const size_t rows = EDGE_MOST_TOKENS;
  const size_t wide = rows * shape->heads * shape->head_size;
  const size_t narrow = rows * shape->kv_heads * shape->head_size;
  return (struct edge_shared){
      .hidden = cut_floats(cutter, rows * shape->hidden),
      .queries = cut_floats(cutter, wide),
      .keys = cut_floats(cutter, narrow),
      .values = cut_floats(cutter, narrow),
      .mixed = cut_floats(cutter, wide),
      .gated = cut_floats(cutter, rows * shape->intermediate),
      .cosines = cut_floats(cutter, rows * shape->head_size / 2),
      .sines = cut_floats(cutter, rows * shape->head_size / 2),
  };
}

static struct edge_scratch cut_scratch(struct cutter *cutter,
                                       const struct edge_decoder *decoder) {
  const uint32_t most = widest(&decoder->shape);
  const size_t tile = (size_t)64 * EDGE_MOST_TOKENS;
  const size_t rows = edge_round_up(most, 16) > tile ? edge_round_up(most, 16) : tile;
  const struct edge_cache *cache = &decoder->cache;
  return (struct edge_scratch){
      .workspace = cut_workspace(cutter, decoder, 1),
      .sums = cut(cutter, rows * sizeof(int32_t)),
      .unpacked = cut(cutter, edge_matrix_scratch(most)),
      .up = cut_floats(cutter, rows),
      .tile = cut_floats(cutter, (size_t)16 * cache->width),
      .scores = cut_floats(cutter, (size_t)ATTENTION_ROWS * cache->context),
      .mixed = cut_floats(cutter, (size_t)ATTENTION_ROWS * cache->width),
      .narrow = cut(cutter, cache->width * sizeof(float)),
  };
}

static void lay_out(struct edge_decoder *decoder, struct cutter *cutter, uint32_t threads) {
  struct edge_scratch *scratch = cut(cutter, threads * sizeof *scratch);
  decoder->workspace = cut_workspace(cutter, decoder, EDGE_MOST_TOKENS);
  decoder->shared = cut_shared(cutter, &decoder->shape);
  for (uint32_t i = 0; i < threads; i++) {
    const struct edge_scratch made = cut_scratch(cutter, decoder);
    if (scratch) scratch[i] = made;
  }
  decoder->scratch = scratch;
}

static int map_scratch(struct edge_decoder *decoder, uint32_t threads) {
  struct cutter counting = {NULL, 0};
  lay_out(decoder, &counting, threads);
  struct cutter cutter = {edge_map(counting.used), 0};
  if (!cutter.memory) return 0;
  decoder->memory = cutter.memory;
  decoder->memory_bytes = counting.used;
  lay_out(decoder, &cutter, threads);
  return 1;
}

static int equip(struct edge_decoder *decoder, const struct edge_options *options) {
  decoder->pool = edge_pool_new(options->threads);
  return decoder->pool && edge_cache_map(decoder, options->context, options->cache) &&
         map_scratch(decoder, edge_pool_threads(decoder->pool));
}

struct edge_decoder *edge_decoder_new(const struct edge_shape *shape,
                                      const struct edge_weights *weights,
                                      const struct edge_options *options, int *result) {
  const struct edge_kernels *kernels = edge_kernels(options->form);
  struct edge_decoder *decoder = kernels ? calloc(1, sizeof *decoder) : NULL;
  *result = kernels ? EDGE_NO_MEMORY : EDGE_NO_FORM;
  if (!decoder) return NULL;
  decoder->shape = *shape;
  decoder->weights = *weights;
  decoder->kernels = kernels;
  decoder->floats = edge_floats(kernels->name);
  decoder->rescore = options->rescore;
  decoder->x_stride = edge_round_up(widest(shape), 16);
  decoder->code_stride = edge_round_up(widest(shape), 64) + 128; /* zeros for every packing */
  if (!equip(decoder, options)) {
    edge_decoder_free(decoder);
    return NULL;
  }
  *result = EDGE_DONE;
  return decoder;
}

void edge_decoder_free(struct edge_decoder *decoder) {
  if (!decoder) return;
  edge_pool_free(decoder->pool);
  edge_unmap(decoder->memory, decoder->memory_bytes);
  edge_unmap(decoder->cache_memory, decoder->cache_memory_bytes);
  free(decoder);
}

uint32_t edge_decoder_position(const struct edge_decoder *decoder) { return decoder->position; }

void edge_decoder_rewind(struct edge_decoder *decoder, uint32_t length) {
  decoder->position = length;
}

const char *edge_decoder_form(const struct edge_decoder *decoder) {
  return decoder->kernels->name;
}

uint32_t edge_decoder_threads(const struct edge_decoder *decoder) {
  return edge_pool_threads(decoder->pool);
}

uint32_t edge_preferred_packing(void) { return edge_kernels(NULL)->preferred; }
