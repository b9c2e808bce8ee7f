/* Roots and quotients of 64 bits, bit by bit: the same on every device, without a divide
 * instruction or a library's routine. */
#ifndef EDGESDK_FEATURES_RATIO_H
#define EDGESDK_FEATURES_RATIO_H

#include <stdint.h>

/* sqrt(x), rounded to nearest; at most 2^32 - 1. */
uint32_t edge_root(uint64_t x);

/* sqrt(x) = value / 2^shift, to 32 bits however small x is; value is 0 for 0. */
struct edge_fine_root {
    uint32_t value;
    int32_t shift; /* 0 to 31 */
};
struct edge_fine_root edge_fine_root(uint64_t x);

/* a * 2^exponent / b, rounded to nearest, at most 2^31 - 1; 0 where b is 0.
 * exponent: -200 to 200. */
int32_t edge_ratio(uint64_t a, uint64_t b, int32_t exponent);

#endif
