/* The decoder: a whole forward pass in one call.
 *
 * Weights are not copied: every pointer must stay valid until edge_decoder_free. Nothing here checks
 * them; backends/cpu/decoder/packed_reader.py reads the file that they come from.
 */
#ifndef EDGE_DECODER_H
#define EDGE_DECODER_H

#include <stdint.h>

#include "kernels.h"

/* cffi:begin */
/* Further packings of an edge_matrix: rows of floats, one after another, without padding. */
enum edge_float_packing { EDGE_FLOAT32 = 16, EDGE_FLOAT16 = 17 };
enum edge_activation { EDGE_SILU = 1, EDGE_RELU2 = 2 };
enum edge_cache_kind { EDGE_CACHE_FLOAT32 = 1, EDGE_CACHE_FLOAT16 = 2, EDGE_CACHE_INT8 = 3 };
enum edge_want { EDGE_NO_LOGITS = 0, EDGE_LAST_LOGITS = 1, EDGE_ALL_LOGITS = 2 };
enum edge_result { EDGE_DONE = 0, EDGE_NOT_FINITE = 1, EDGE_NO_MEMORY = 2, EDGE_NO_FORM = 3 };
enum edge_limit {
  EDGE_MOST_TOKENS = 128,  /* of one step */
  EDGE_MOST_RESCORED = 256 /* rescore is at most this, and at most the vocabulary */
};

struct edge_linear {
  struct edge_matrix matrix; /* EDGE_BASE3 or EDGE_TWO_BIT, or EDGE_FLOAT32: an ordinary layer */
  float scale;               /* of ternary codes */
};

/* Norm weights have the length of what they scale; a sub-norm may be NULL. RoPE pairs the entries
 * i and i + head_size / 2 of a head. */
struct edge_layer {
  const float *attention_norm, *attention_sub_norm, *ffn_norm, *ffn_sub_norm;
  struct edge_linear query, key, value, output, gate, up, down;
};

struct edge_shape {
  uint32_t vocabulary, hidden, intermediate, layers, heads, kv_heads, head_size;
  uint32_t activation;
  float epsilon;
};

struct edge_weights {
  const struct edge_layer *layers;
  const float *frequencies; /* [head_size / 2], radians a position */
  const float *final_norm;
  struct edge_matrix embedding; /* EDGE_FLOAT32 or EDGE_FLOAT16 */
  struct edge_matrix head;      /* these, EDGE_INT8 or EDGE_INT4 */
  struct edge_matrix exact;     /* float rows of the head; blocks NULL where there are none */
};

struct edge_options {
  uint32_t context; /* positions of the cache */
  uint32_t cache;   /* edge_cache_kind */
  uint32_t threads;
  uint32_t rescore; /* logits of a step that are computed again from `exact` */
  const char *form; /* of the kernels; NULL: the fastest */
};

struct edge_decoder;

/* NULL with *result told. Memory of the cache is taken as positions are filled. */
struct edge_decoder *edge_decoder_new(const struct edge_shape *shape,
                                      const struct edge_weights *weights,
                                      const struct edge_options *options, int *result);
void edge_decoder_free(struct edge_decoder *decoder);

/* Append 1 .. EDGE_MOST_TOKENS tokens, which must fit into the cache. logits: [vocabulary], or
 * [count, vocabulary] for EDGE_ALL_LOGITS. The bits of the logits do not depend on the form, the
 * threads, or how tokens are cut into steps. */
int edge_decoder_step(struct edge_decoder *decoder, const int32_t *tokens, uint32_t count,
                      uint32_t want, float *logits);

uint32_t edge_decoder_position(const struct edge_decoder *decoder);
void edge_decoder_rewind(struct edge_decoder *decoder, uint32_t length); /* length <= position */
const char *edge_decoder_form(const struct edge_decoder *decoder);
uint32_t edge_decoder_threads(const struct edge_decoder *decoder);
/* Bytes of a full cache. */
uint64_t edge_cache_bytes(const struct edge_shape *shape, uint32_t context, uint32_t kind);
/* EDGE_BASE3 or EDGE_TWO_BIT: what decodes faster on this machine. */
uint32_t edge_preferred_packing(void);
/* cffi:end */

#endif
