/* How large the sizes of a tensor may be: images with two sides, and sound, which has one long one. */
#ifndef EDGESDK_NN_SIDES_H
#define EDGESDK_NN_SIDES_H

#include <stdbool.h>
#include <stdint.h>

/* cffi:begin */
/* So that the product of three fits 64 bits, and a sum of places 32: 20 seconds of 48 kHz. */
enum { EDGE_LARGEST_SIDE = 1048576 };
/* cffi:end */

/* Whether each of so many sizes is at least 1 and not too large. */
static inline bool edge_sides_fit(const uint32_t *sides, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        if (sides[i] < 1 || sides[i] > EDGE_LARGEST_SIDE) return false;
    return true;
}

/* Whether the places that windows reach along one axis stay within what 32 bits can count. */
static inline bool edge_reach_fits(uint32_t windows, uint32_t stride, uint32_t taps,
                                   uint32_t dilation) {
    return (uint64_t)windows * stride + (uint64_t)taps * dilation <= INT32_MAX;
}

#endif
