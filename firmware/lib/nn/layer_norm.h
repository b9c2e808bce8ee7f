/* LAYER_NORMALIZATION of int8 over the last axis, in whole numbers.
 *
 * For the n stored numbers q of a row, with S their sum and Q the sum of their squares, the zero
 * point and the scale s cancel:
 *
 *     (x - mean) / sqrt(variance + epsilon) = (n * q - S) / sqrt(n * Q - S^2 + epsilon * n^2 / s^2)
 *
 * Everything up to the root is exact, but for epsilon's term, which is rounded to 1/4096. The
 * root's inverse has 30 bits; the quotient z is Q11.20. The output is z * gain + offset, both given
 * for each number of the row in the output's scale with `shift` bits after the point, rounded to
 * nearest, halves up. */
#ifndef EDGESDK_NN_LAYER_NORM_H
#define EDGESDK_NN_LAYER_NORM_H

#include "kernel.h"

/* cffi:begin */
struct edge_layer_norm {
    uint32_t input;  /* arena: int8[rows, depth] */
    uint32_t output; /* arena: int8[rows, depth] */
    uint32_t rows;
    uint32_t depth;         /* 1 to 32767 */
    uint32_t epsilon_low;   /* epsilon * n^2 / s^2 in 1/4096, not 0: its lower 32 bits */
    uint32_t epsilon_high;  /* its upper bits; below 2^28 */
    uint32_t gains;   /* constants: int32[depth] */
    uint32_t offsets; /* constants: int32[depth], the output's zero point included */
    uint32_t shift;   /* 0 to 30 */
};

bool edge_layer_norm_check(const struct edge_layer_norm *record, const struct edge_limits *limits);
void edge_layer_norm(const struct edge_layer_norm *record, const struct edge_memory *memory);
/* cffi:end */

#endif
