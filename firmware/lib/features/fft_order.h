/* The radices of a transform and the order of its numbers. Internal to the FFT.
 *
 * A transform of n points runs stages of radix r1, r2, ... rk, whose product is n; before that, the
 * points must lie in the order of reversed digits. With a palindrome r1 ... rk it is a matter of
 * swaps. Where it cannot be one, the few radices in its middle that break it count as one digit,
 * and the points within that are put in order apart.
 */
#ifndef EDGESDK_FEATURES_FFT_ORDER_H
#define EDGESDK_FEATURES_FFT_ORDER_H

#include <stdbool.h>
#include <stdint.h>

enum { EDGE_FFT_RADICES = 20, EDGE_FFT_MIDDLE = 60 };

struct edge_point {
    int32_t re, im;
};

struct edge_fft_order {
    uint8_t radices[EDGE_FFT_RADICES];
    uint32_t count;  /* of radices */
    uint32_t sides;  /* so many of them stand before the middle, and as many behind it */
    uint32_t side;   /* product of those before the middle */
    uint32_t middle; /* product of those in it */
};

/* False where points is not 2^a * 3^b * 5^c, or is 0. */
bool edge_fft_order(uint32_t points, struct edge_fft_order *order);

/* Puts the points into the order that the stages begin with. */
void edge_fft_sort(const struct edge_fft_order *order, struct edge_point *data);

#endif
