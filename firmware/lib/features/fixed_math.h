/* Roots, logarithms and powers of two for inner loops: about thirty instructions each on a device
 * that multiplies, and nothing that divides. ratio.h has the exact ones, bit by bit. */
#ifndef EDGESDK_FEATURES_FIXED_MATH_H
#define EDGESDK_FEATURES_FIXED_MATH_H

#include <stdint.h>

#define EDGE_LOG2_OF_ZERO INT32_MIN

/* cffi:begin */
#define EDGE_LOG2_BITS 24

/* sqrt(x) for x below 2^62, to 2^-26 of itself or one unit. */
uint32_t edge_quick_root(uint64_t x);

/* log2(x) with EDGE_LOG2_BITS fraction bits, to one of their units; of 0 EDGE_LOG2_OF_ZERO. */
int32_t edge_log2(uint64_t x);

/* 2^-x for x of EDGE_LOG2_BITS fraction bits, Q31, to 2^-28. x is not below 0. */
uint32_t edge_exp2_negative(int32_t x);
/* cffi:end */

/* How many bits x takes. */
static inline int32_t edge_bits(uint64_t x) { return x == 0 ? 0 : 64 - __builtin_clzll(x); }

/* x / 2^right, rounded to nearest. right: 0 to 63. */
static inline uint64_t edge_rounded(uint64_t x, int32_t right) {
    return right == 0 ? x : ((x >> (right - 1)) + 1) >> 1;
}

#endif
