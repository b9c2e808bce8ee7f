/* Numbers above 0 of 32 bits precision and any size, for the few steps at the end of a feature. */
#ifndef EDGESDK_FEATURES_REAL_H
#define EDGESDK_FEATURES_REAL_H

#include <stdint.h>

/* mantissa * 2^exponent. The mantissa is 2^31 or above, or 0. */
struct edge_real {
    uint32_t mantissa;
    int32_t exponent;
};

/* A sum of products of 32 bits that may take more than 64. */
struct edge_wide {
    uint64_t low, high; /* low + high * 2^32 */
};

static inline void edge_wide_add(struct edge_wide *sum, uint32_t a, uint32_t b) {
    const uint64_t product = (uint64_t)a * b;
    sum->low += (uint32_t)product;
    sum->high += product >> 32;
}

/* x * 2^exponent. */
struct edge_real edge_real(uint64_t x, int32_t exponent);
struct edge_real edge_real_wide(const struct edge_wide *x, int32_t exponent);

struct edge_real edge_real_product(struct edge_real a, struct edge_real b);

/* a / b, and 0 where b is 0. */
struct edge_real edge_real_ratio(struct edge_real a, struct edge_real b);

struct edge_real edge_real_root(struct edge_real x);

/* With so many fraction bits, rounded to nearest, at most 2^31 - 1. */
int32_t edge_real_fixed(struct edge_real x, int32_t fraction_bits);

#endif
