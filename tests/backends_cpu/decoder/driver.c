/* The engine without Python, for sanitizers: small decoders of odd sizes, every form, cache and
 * head, with threads. Prints a hash of all logits for each form; they must be the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decoder.h"
#include "kernel_test.h"

enum { HIDDEN = 50, INNER = 77, HEADS = 6, KV_HEADS = 2, HEAD = 10, WORDS = 37, LAYERS = 2 };
enum { CONTEXT = 160, TOKENS = 150 };

static uint32_t state = 1;

static uint32_t draw(void) {
  state = state * 1664525u + 1013904223u;
  return state >> 8;
}

static float draw_float(void) { return (float)draw() / (float)(1 << 23) - 1; }

/* Exactly as large as needed, so that a read beyond it is found. */
static void *claim(size_t bytes) {
  void *memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
  if (!memory) exit(2);
  return memory;
}

static float *floats(uint32_t count) {
  float *values = claim(count * sizeof(float));
  for (uint32_t i = 0; i < count; i++) values[i] = draw_float();
  return values;
}

static struct edge_linear ternary(uint32_t packing, uint32_t rows, uint32_t depth) {
  int8_t *codes = claim((size_t)rows * depth);
  uint8_t *blocks = claim((size_t)edge_packed_bytes(packing, rows, depth));
  for (uint32_t i = 0; i < rows * depth; i++) codes[i] = (int8_t)(draw() % 3) - 1;
  edge_pack_ternary(packing, rows, depth, 0, rows, codes, blocks);
  free(codes);
  return (struct edge_linear){{blocks, NULL, rows, depth, packing}, 0.2f};
}

static struct edge_linear linear(uint32_t packing, uint32_t rows, uint32_t depth) {
  if (packing != EDGE_FLOAT32) return ternary(packing, rows, depth);
  return (struct edge_linear){
      {(const uint8_t *)floats(rows * depth), NULL, rows, depth, packing}, 1};
}

static struct edge_layer layer(uint32_t packing) {
  const uint32_t wide = HEADS * HEAD, narrow = KV_HEADS * HEAD;
  return (struct edge_layer){
      floats(HIDDEN), floats(wide), floats(HIDDEN), NULL,
      linear(packing, wide, HIDDEN), linear(packing, narrow, HIDDEN),
      linear(packing, narrow, HIDDEN), linear(packing, HIDDEN, wide),
      linear(packing, INNER, HIDDEN), linear(packing, INNER, HIDDEN),
      linear(packing, HIDDEN, INNER)};
}

static void free_linear(const struct edge_linear *linear) { free((void *)linear->matrix.blocks); }

static void free_layer(struct edge_layer *layer) {
  free((void *)layer->attention_norm);
  free((void *)layer->attention_sub_norm);
  free((void *)layer->ffn_norm);
  free_linear(&layer->query);
  free_linear(&layer->key);
  free_linear(&layer->value);
  free_linear(&layer->output);
  free_linear(&layer->gate);
  free_linear(&layer->up);
  free_linear(&layer->down);
}

static struct edge_matrix head(uint32_t packing, const float *rows, float *scales) {
  uint8_t *blocks = claim((size_t)edge_packed_bytes(packing, WORDS, HIDDEN));
  edge_pack_float(packing, WORDS, HIDDEN, 0, WORDS, rows, blocks, scales);
  return (struct edge_matrix){blocks, scales, WORDS, HIDDEN, packing};
}

/* One decoder: some steps, a rewind, single tokens. FNV-1a over the bits of the logits. */
static uint64_t run(struct edge_decoder *decoder, uint64_t hash) {
  static float logits[TOKENS * WORDS];
  int32_t tokens[TOKENS];
  for (int i = 0; i < TOKENS; i++) tokens[i] = i * 7 % WORDS;
  if (edge_decoder_step(decoder, tokens, 128, EDGE_ALL_LOGITS, logits)) exit(3);
  if (edge_decoder_step(decoder, tokens + 128, TOKENS - 128, EDGE_LAST_LOGITS,
                        logits + 128 * WORDS))
    exit(3);
  edge_decoder_rewind(decoder, 13);
  for (int i = 13; i < 30; i++)
    if (edge_decoder_step(decoder, tokens + i, 1, EDGE_ALL_LOGITS, logits + i * WORDS)) exit(3);
  const unsigned char *bytes = (const unsigned char *)logits;
  for (size_t i = 0; i < 129 * WORDS * sizeof(float); i++)
    hash = (hash ^ bytes[i]) * 0x100000001b3u;
  return hash;
}

struct choice {
  uint32_t packing, head, cache;
};

static uint64_t run_choice(struct choice choice, const char *form, uint32_t threads,
                           uint64_t hash) {
  state = 1;
  struct edge_layer layers[LAYERS];
  float frequencies[HEAD / 2], scales[WORDS];
  for (int i = 0; i < LAYERS; i++) layers[i] = layer(choice.packing);
  for (int i = 0; i < HEAD / 2; i++) frequencies[i] = 1.0f / (float)(1 + i);
  float *rows = floats(WORDS * HIDDEN), *norm = floats(HIDDEN);
  const struct edge_matrix embedding = {(const uint8_t *)rows, NULL, WORDS, HIDDEN, EDGE_FLOAT32};
  struct edge_weights weights = {layers, frequencies, norm, embedding, embedding, embedding};
  if (choice.head != EDGE_FLOAT32) weights.head = head(choice.head, rows, scales);
  const struct edge_shape shape = {WORDS, HIDDEN, INNER, LAYERS, HEADS, KV_HEADS, HEAD,
                                   EDGE_SILU, 1e-5f};
  const struct edge_options options = {CONTEXT, choice.cache, threads, 5, form};
  int result;
  struct edge_decoder *decoder = edge_decoder_new(&shape, &weights, &options, &result);
  if (!decoder) exit(4);
  hash = run(decoder, hash);
  edge_decoder_free(decoder);
  if (choice.head != EDGE_FLOAT32) free((void *)weights.head.blocks);
  for (int i = 0; i < LAYERS; i++) free_layer(&layers[i]);
  free(rows);
  free(norm);
  return hash;
}

int main(void) {
  static const char *const forms[] = {"plain", "avx2", "avx512", "neon", "neon-dot"};
  static const struct choice choices[] = {
      {EDGE_BASE3, EDGE_INT8, EDGE_CACHE_FLOAT16},
      {EDGE_TWO_BIT, EDGE_INT4, EDGE_CACHE_INT8},
      {EDGE_FLOAT32, EDGE_FLOAT32, EDGE_CACHE_FLOAT32},
  };
  for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
    uint64_t hash = 0xcbf29ce484222325u;
    if (!edge_form_runs(forms[f])) continue;
    for (size_t c = 0; c < sizeof choices / sizeof *choices; c++)
      hash = run_choice(choices[c], forms[f], 1 + (uint32_t)f, hash);
    printf("%016llx\n", (unsigned long long)hash);
  }
  return 0;
}
