/* What the parts of the decoder share: configuration, cache, scratch, and one thread's view. */
#ifndef EDGE_DECODER_ENGINE_H
#define EDGE_DECODER_ENGINE_H

#include <math.h>
#include <stdatomic.h>

#include "decoder.h"
#include "floats.h"
#include "threads.h"

/* Keys and values of every layer and kv head, each a run over the context. Keys lie in blocks of 16
 * positions, [head_size][16]; values in rows of `width`, which is head_size padded to 16s. Entries
 * are floats, halves, or int8 with a float scale for each position. */
struct edge_cache {
  uint32_t kind, context; /* a multiple of 16 */
  uint32_t head_size, width, kv_heads;
  uint8_t *keys, *values;
  float *key_scales, *value_scales;
};

/* What the tokens of a step pass from phase to phase: rows of one token each. */
struct edge_shared {
  float *hidden;           /* [tokens, hidden] the residual stream */
  float *queries;          /* [tokens, heads * head_size] */
  float *keys, *values;    /* [tokens, kv_heads * head_size] */
  float *mixed;            /* [tokens, heads * head_size] what attention gives */
  float *gated;            /* [tokens, intermediate] */
  float *cosines, *sines;  /* [tokens, head_size / 2] */
};

/* Inputs of linear layers: rows of one token each. */
struct edge_inputs {
  const float *x;
  const int8_t *codes, *low; /* codes: int8, or with `low` the high part of 15 bits */
  const float *factors;      /* of int8 codes: what 127 stands for; of 15 bits: what 1 does */
  const int32_t *sums;
  size_t x_stride, code_stride; /* entries */
  uint32_t count;
};

/* Where inputs are made: one for all threads, and one for each when there is a single token. */
struct edge_workspace {
  float *x;
  int8_t *codes, *low;
  float *factors;
  int32_t *sums;
};

/* One thread's own. */
struct edge_scratch {
  struct edge_workspace workspace;
  int32_t *sums;     /* of a tile, or of all rows that this thread has of a matrix */
  uint8_t *unpacked; /* for ternary_matrix */
  float *up;         /* [rows of the thread] or a tile's */
  float *tile;       /* keys or values of 16 positions */
  float *scores;     /* [ATTENTION_ROWS or more, context] */
  float *mixed;      /* [the same, width] */
  uint16_t *narrow;  /* a head in the cache's precision */
};

struct edge_decoder {
  struct edge_shape shape;
  struct edge_weights weights;
  const struct edge_kernels *kernels;
  const struct edge_floats *floats;
  struct edge_pool *pool;
  struct edge_cache cache;
  struct edge_shared shared;
  struct edge_workspace workspace;
  struct edge_scratch *scratch; /* [threads] */
  size_t x_stride, code_stride; /* of workspaces */
  uint32_t rescore;
  uint32_t position;
  _Atomic int broken; /* a value was infinite or NaN */
  void *memory, *cache_memory;
  size_t memory_bytes, cache_memory_bytes;
};

/* A thread within a step. */
struct edge_worker {
  struct edge_decoder *decoder;
  struct edge_scratch *scratch;
  uint32_t thread, threads;
  uint32_t count; /* tokens of the step */
};

struct edge_span {
  uint32_t first, end;
};

enum { ATTENTION_ROWS = 8 }; /* query rows that share a read of keys and values */

static inline uint32_t edge_round_up(uint32_t value, uint32_t step) {
  return (value + step - 1) / step * step;
}

/* This thread's share of a list. */
static inline struct edge_span edge_share(const struct edge_worker *worker, uint32_t total) {
  const uint64_t all = total;
  return (struct edge_span){(uint32_t)(all * worker->thread / worker->threads),
                            (uint32_t)(all * (worker->thread + 1) / worker->threads)};
}

/* Remember a value that is infinite or NaN: the step fails at its end. */
static inline void edge_check(struct edge_decoder *decoder, float value) {
  if (!isfinite(value)) atomic_store_explicit(&decoder->broken, 1, memory_order_relaxed);
}

/* What a matrix needs its inputs as. */
enum edge_need { NEED_FLOATS = 1, NEED_CODES = 2, NEED_FINE_CODES = 4 };

static inline int edge_is_float(const struct edge_matrix *matrix) {
  return matrix->packing == EDGE_FLOAT32 || matrix->packing == EDGE_FLOAT16;
}

static inline unsigned edge_need_of(const struct edge_matrix *matrix) {
  if (edge_is_float(matrix)) return NEED_FLOATS;
  return matrix->packing == EDGE_INT8 || matrix->packing == EDGE_INT4 ? NEED_FINE_CODES
                                                                      : NEED_CODES;
}

/* inputs.c: rows [count, width] normalised (weights may be NULL) and quantised as needed. One token:
 * each thread makes its own copy. More: threads share the work, and wait for one another. */
struct edge_inputs edge_prepare(const struct edge_worker *worker, const float *rows, size_t stride,
                                uint32_t width, uint32_t count, const float *weights,
                                unsigned need);

/* linear.c: outputs of several layers that read the same inputs; rows are shared among threads. */
struct edge_output {
  const struct edge_linear *linear;
  float *y;
  size_t stride;
  int add; /* to what is in y */
};
void edge_linears(const struct edge_worker *worker, const struct edge_inputs *inputs,
                  const struct edge_output *outputs, uint32_t count);
/* gated = activation(gate @ x) * (up @ x) */
void edge_gated(const struct edge_worker *worker, const struct edge_inputs *inputs,
                const struct edge_layer *layer);

/* rows.c: one float of a matrix of floats times x. */
float edge_row_dot(const struct edge_decoder *decoder, const struct edge_matrix *matrix,
                   uint32_t row, const float *x);

/* cache.c */
int edge_cache_map(struct edge_decoder *decoder, uint32_t context, uint32_t kind);
void edge_cache_store(const struct edge_worker *worker, uint32_t layer, uint32_t head,
                      uint32_t position, const float *key, const float *value);
/* Widen 16 positions of keys [head_size][16], or `count` of values [count][width]. Returns their
 * scales, NULL where there are none. */
const float *edge_cache_keys(const struct edge_decoder *decoder, uint32_t layer, uint32_t head,
                             uint32_t block, float *tile);
const float *edge_cache_values(const struct edge_decoder *decoder, uint32_t layer, uint32_t head,
                               uint32_t block, uint32_t count, float *tile);

/* attention.c: queries, keys and values of the step to `mixed`; fills the cache. */
void edge_attention(const struct edge_worker *worker, uint32_t layer);

/* head.c: logits of the last `rows` tokens of the step. */
void edge_head(const struct edge_worker *worker, uint32_t rows, float *logits);
/* rescore.c: the largest logits again, from float rows. */
void edge_rescore(struct edge_decoder *decoder, const float *x, float *logits);

/* memory.c: zeroed pages that cost nothing until they are touched. */
void *edge_map(size_t bytes);
void edge_unmap(void *memory, size_t bytes);

#endif
