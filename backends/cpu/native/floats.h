/* Float loops of the decoder, one form for each instruction set.
 *
 * All forms are one body (float_body.h) over vectors of different width, so that every operation on
 * every lane is the same, in the same order, without fused multiply-add: the bits are equal.
 * Lane l of a sum over k takes the k with k mod 64 = l; the 64 lanes are folded as
 * (l, l + 32) + (l + 16, l + 48), then by halves: l + 8, l + 4, l + 2, l + 1.
 * `tile`: float [depth][16] of keys, float [16][width] of values.
 */
#ifndef EDGE_DECODER_FLOATS_H
#define EDGE_DECODER_FLOATS_H

#include <stdint.h>

struct edge_floats {
  const char *name;
  float (*dot)(const float *weights, const float *x, uint32_t n);
  float (*dot_half)(const uint16_t *weights, const float *x, uint32_t n);
  /* y = x / sqrt(mean(x^2) + epsilon) * weights. Returns mean(x^2), infinite or NaN where x is. */
  float (*norm)(const float *x, const float *weights, float epsilon, uint32_t n, float *y);
  float (*absmax)(const float *x, uint32_t n); /* NaN where x has one */
  /* codes = round(factor * x), zeros up to the next multiple of 16. Returns their sum. */
  int32_t (*quantise)(const float *x, uint32_t n, float factor, int8_t *codes);
  /* The same in two parts, round(factor * x) = 128 high + low. */
  int32_t (*quantise_fine)(const float *x, uint32_t n, float factor, int8_t *high, int8_t *low);
  /* y = factor * sums, or base + factor * sums; base may be y. */
  void (*scale)(const int32_t *sums, uint32_t n, float factor, const float *base, float *y);
  /* gate = activation(gate) * up */
  void (*activate)(uint32_t activation, float *gate, const float *up, uint32_t n);
  /* Turn the pairs (i, i + pairs) of a head and multiply with scale. */
  void (*rotate)(float *head, const float *cosines, const float *sines, uint32_t pairs,
                 float scale);
  /* n is a multiple of 16. */
  void (*widen_half)(const uint16_t *x, uint32_t n, float *y);
  void (*widen_int8)(const int8_t *x, uint32_t n, float *y);
  void (*narrow_half)(const float *x, uint32_t n, uint16_t *y);
  /* q @ tile: the scores of 16 positions. */
  void (*scores)(const float *q, const float *tile, uint32_t depth, float *y);
  /* x = exp(x - max(x)) in place, zeros up to the next multiple of 16. Returns 1 / sum(x). */
  float (*softmax)(float *x, uint32_t n);
  void (*multiply)(float *x, const float *y, uint32_t n); /* x = x * y; n a multiple of 16 */
  void (*shrink)(const float *x, float factor, uint32_t n, float *y); /* y = factor * x */
  /* sum[c] += p[0] tile[0][c], then p[1] tile[1][c], ...; width is a multiple of 16. */
  void (*mix)(const float *p, uint32_t count, const float *tile, uint32_t width, float *sum);
};

/* The form that goes with kernels of that name. */
const struct edge_floats *edge_floats(const char *name);

#endif
