/* Fixed-point arithmetic as gemmlowp defines it, on which TFLite's integer reference stands.
 *
 * QI.F is a number of 32 bits with F fractional bits and I before them, beside the sign. Shifts of
 * negative numbers to the right keep the sign, as on every compiler this is built with.
 */
#ifndef EDGESDK_NN_FIXED_POINT_H
#define EDGESDK_NN_FIXED_POINT_H

#include <stdbool.h>
#include <stdint.h>

#include "dsp.h"

static inline int32_t edge_smaller(int32_t a, int32_t b) { return a < b ? a : b; }
static inline int32_t edge_larger(int32_t a, int32_t b) { return a > b ? a : b; }

static inline int32_t edge_clamped(int32_t x, int32_t low, int32_t high) {
    return edge_smaller(edge_larger(x, low), high);
}

/* Wraps where it leaves 32 bits, as sums and differences do on the device. */
static inline int32_t edge_sum(int32_t a, int32_t b) {
    return (int32_t)((uint32_t)a + (uint32_t)b);
}
static inline int32_t edge_difference(int32_t a, int32_t b) {
    return (int32_t)((uint32_t)a - (uint32_t)b);
}

static inline int32_t edge_product(int32_t a, int32_t b) {
    return (int32_t)((uint32_t)a * (uint32_t)b);
}

/* a * b / 2^31, rounded to nearest, halves up. Not both are the most negative number. */
static inline int32_t edge_high_multiply(int32_t a, int32_t b) {
    return (int32_t)(((int64_t)a * b + (INT64_C(1) << 30)) >> 31);
}

/* x / 2^exponent, rounded to nearest, halves away from zero. exponent: 0 to 31. */
static inline int32_t edge_divide_power(int32_t x, int32_t exponent) {
    int32_t mask = (int32_t)((UINT32_C(1) << exponent) - 1u);
    int32_t rest = x & mask, threshold = (int32_t)((uint32_t)mask >> 1) + (x < 0 ? 1 : 0);
    return (x >> exponent) + (rest > threshold ? 1 : 0);
}

/* x * multiplier * 2^(shift - 31), as TFLite rounds: after each of the two steps. */
static inline int32_t edge_scaled(int32_t x, int32_t multiplier, int32_t shift) {
    int32_t left = shift > 0 ? shift : 0, right = shift < 0 ? -shift : 0;
    return edge_divide_power(edge_high_multiply((int32_t)((uint32_t)x << left), multiplier), right);
}

/* Whether a record's shift is one that edge_scaled takes. */
static inline bool edge_shift_fits(int32_t shift) { return shift >= -31 && shift <= 30; }

/* The same where neither the shift is positive nor x out of [-2^30, 2^30): few instructions on the
 * device, for inner loops. */
static inline int32_t edge_scaled_down(int32_t x, int32_t multiplier, int32_t shift) {
    int32_t high = edge_smmulr(edge_sum(x, x), multiplier), right = -shift;
    if (right == 0) return high;
    return edge_sum(edge_sum(high, high >> 31), (int32_t)(1u << (right - 1))) >> right;
}

/* Whether a record's shift is one that edge_scaled_down takes. */
static inline bool edge_shift_is_down(int32_t shift) { return shift >= -31 && shift <= 0; }

/* x * 2^exponent, saturated. exponent: 0 to 31. */
static inline int32_t edge_multiply_power(int32_t x, int32_t exponent) {
    int64_t wide = (int64_t)x * (INT64_C(1) << exponent);
    return wide > INT32_MAX ? INT32_MAX : wide < INT32_MIN ? INT32_MIN : (int32_t)wide;
}

/* 1 / (1 + x) for x in [0, 1); both Q0.31. Three steps of Newton's iteration. */
static inline int32_t edge_one_over_one_plus(int32_t x) {
    int32_t half = (int32_t)(((int64_t)x + INT32_MAX + 1) / 2); /* (1 + x) / 2, Q0.31 */
    int32_t y = edge_sum(1515870810, edge_high_multiply(half, -1010580540)); /* 48/17, -32/17 */
    for (int step = 0; step < 3; step++) { /* y, and what is added, are Q2.29 */
        int32_t rest = edge_difference(INT32_C(1) << 29, edge_high_multiply(half, y));
        y = edge_sum(y, edge_multiply_power(edge_high_multiply(y, rest), 2));
    }
    return edge_multiply_power(y, 1);
}

/* How many bits above the highest that is set. x is not 0. */
static inline int32_t edge_leading_zeros(uint32_t x) { return __builtin_clz(x); }

/* The value of a table of 513 numbers, for -32768, -32640, ... 32768, at x. */
static inline int16_t edge_interpolate(int16_t x, const int16_t *table) {
    const int16_t *entry = table + 256 + (x >> 7);
    int32_t slope = (int16_t)(entry[1] - entry[0]); /* wraps, as the reference does */
    return (int16_t)(entry[0] + ((slope * (x & 127) + 64) >> 7));
}

#endif
