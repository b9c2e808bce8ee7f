#include "ratio.h"

#include <stdbool.h>

/* Shifts out the leading zeros of x, which is not 0; how many they were. */
static int32_t normalise(uint64_t *x) {
    int32_t zeros = __builtin_clzll(*x);
    *x <<= zeros;
    return zeros;
}

/* The same in 32 bits, which takes a fifth of the instructions. */
static uint32_t small_root(uint32_t x) {
    uint32_t root = 0;
    for (uint32_t bit = UINT32_C(1) << 30; bit != 0; bit >>= 2) {
        bool fits = x >= root + bit;
        if (fits) x -= root + bit;
        root = (root >> 1) + (fits ? bit : 0);
    }
    return x > root ? root + 1 : root; /* x is what is left over */
}

uint32_t edge_root(uint64_t x) {
    if (x >> 32 == 0) return small_root((uint32_t)x);
    uint64_t root = 0;
    for (uint64_t bit = UINT64_C(1) << 62; bit != 0; bit >>= 2) {
        bool fits = x >= root + bit;
        if (fits) x -= root + bit;
        root = (root >> 1) + (fits ? bit : 0);
    }
    return (uint32_t)(x > root && root < UINT32_MAX ? root + 1 : root);
}

struct edge_fine_root edge_fine_root(uint64_t x) {
    struct edge_fine_root root = {0, 0};
    if (x == 0) return root;
    root.shift = __builtin_clzll(x) / 2;
    root.value = edge_root(x << (2 * root.shift));
    return root;
}

/* a / b as a number with 32 fraction bits, rounded down; both are at least 2^63. */
static uint64_t divide(uint64_t a, uint64_t b) {
    uint64_t quotient = a >= b, rest = a >= b ? a - b : a;
    for (int bit = 0; bit < 32; bit++) {
        bool fits = rest >= b - rest; /* 2 * rest >= b, in 64 bits; rest < b */
        rest = fits ? rest - (b - rest) : 2 * rest;
        quotient = 2 * quotient + fits;
    }
    return quotient;
}

int32_t edge_ratio(uint64_t a, uint64_t b, int32_t exponent) {
    if (a == 0 || b == 0) return 0;
    int32_t shift = exponent - normalise(&a);
    shift += normalise(&b) - 32; /* what the quotient of the two is to be shifted to the left */
    uint64_t quotient = divide(a, b); /* 2^31 to 2^33 - 1 */
    if (shift >= 0) return INT32_MAX;
    if (shift < -34) return 0;
    quotient = (quotient + (UINT64_C(1) << (-shift - 1))) >> -shift;
    return quotient > INT32_MAX ? INT32_MAX : (int32_t)quotient;
}
