/* The vector units by themselves, for tests. Rows are as long as the maxima of `Default` allow, and
 * multiples of 16; nothing checks it. */
#ifndef EDGE_FPGA_VECTOR_PARTS_H
#define EDGE_FPGA_VECTOR_PARTS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* cffi:begin */
/* The operations, element by element. */
void edge_add(const float *a, const float *b, uint32_t n, float *result);
void edge_subtract(const float *a, const float *b, uint32_t n, float *result);
void edge_multiply(const float *a, const float *b, uint32_t n, float *result);
void edge_nearest(const float *x, uint32_t n, int32_t *result);
void edge_to_half(const float *x, uint32_t n, uint16_t *result);
void edge_from_half(const uint16_t *x, uint32_t n, float *result);

/* The function units, element by element. */
void edge_reciprocal(const float *x, uint32_t n, float *result);
void edge_rsqrt(const float *x, uint32_t n, float *result);
void edge_exponential(const float *x, uint32_t n, float *result);

/* One row each. Those that give codes return the step of these, times 127 or 16383. */
float edge_sum16_of_squares(const float *x, int32_t n);
void edge_norm(const float *x, const float *weights, int32_t n, float epsilon, float inverse,
               float *v);
/* weights NULL: x as it is. */
float edge_norm_quantise(const float *x, const float *weights, int32_t n, float epsilon,
                         float inverse, int8_t *codes);
float edge_quantise15(const float *v, int32_t n, int16_t *codes);
void edge_rope(float *x, const float *rotation, int32_t heads, int32_t head_size, float scale);
void edge_activation(const float *gate, const float *up, int32_t n, int32_t relu_squared, float *z);

struct edge_attention_shape {
  int32_t heads, kv_heads, head_size, context, start, tokens;
  uint32_t layer_words; /* of 128 bits, before the layer, in each array of the cache */
};
/* x [tokens][kv_heads * head_size] to the cache's two arrays, aligned to 16 bytes. */
void edge_store_rows(const float *x, const struct edge_attention_shape *shape, uint8_t *low,
                     uint8_t *high);
/* query and output [tokens][heads * head_size]. */
void edge_attention(const float *query, const struct edge_attention_shape *shape,
                    const uint8_t *keys_0, const uint8_t *keys_1, const uint8_t *values_0,
                    const uint8_t *values_1, float *output);

/* One slot of attention's walk; row -1: it does nothing. `first_query`: that it serves. */
struct edge_slot {
  int32_t row, head, first_query, step;
};
/* The slots of a pass, `capacity` of them at most. Returns how many Walk::slots says there are. */
int32_t edge_walk(int32_t start, int32_t tokens, int32_t members, int32_t steps, int32_t heads,
                  struct edge_slot *slots, int32_t capacity);

/* Rates::QUERIES, MEMBERS, RECURRENCE. */
int32_t edge_rate_queries(void);
int32_t edge_rate_members(void);
int32_t edge_rate_recurrence(void);

/* What went wrong since the last question, in words: the checked build. "" where nothing did. */
const char *edge_vector_fault(void);
/* cffi:end */

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
