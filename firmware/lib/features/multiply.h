/* High words of products, rounded: one instruction each on a device with the DSP extension. */
#ifndef EDGESDK_FEATURES_MULTIPLY_H
#define EDGESDK_FEATURES_MULTIPLY_H

#include <stdint.h>

#if defined(__ARM_FEATURE_DSP)

static inline int32_t edge_high_product(int32_t a, int32_t b) {
    int32_t high;
    __asm("smmulr %0, %1, %2" : "=r"(high) : "r"(a), "r"(b));
    return high;
}
static inline int32_t edge_plus_high(int32_t sum, int32_t a, int32_t b) {
    int32_t high;
    __asm("smmlar %0, %1, %2, %3" : "=r"(high) : "r"(a), "r"(b), "r"(sum));
    return high;
}
static inline int32_t edge_less_high(int32_t sum, int32_t a, int32_t b) {
    int32_t high;
    __asm("smmlsr %0, %1, %2, %3" : "=r"(high) : "r"(a), "r"(b), "r"(sum));
    return high;
}

#else

/* a * b / 2^32, rounded to nearest, halves up. */
static inline int32_t edge_high_product(int32_t a, int32_t b) {
    return (int32_t)(((int64_t)a * b + (INT64_C(1) << 31)) >> 32);
}

/* sum + that; and sum + the same of -a * b, whose halves are rounded up too. */
static inline int32_t edge_plus_high(int32_t sum, int32_t a, int32_t b) {
    return sum + edge_high_product(a, b);
}
static inline int32_t edge_less_high(int32_t sum, int32_t a, int32_t b) {
    return sum + (int32_t)(((INT64_C(1) << 31) - (int64_t)a * b) >> 32);
}

#endif
#endif
