/* Butterflies of radix 2, 3, 4 and 5. Internal to the FFT.
 *
 * A stage turns groups of `radix` transforms of `span` points into transforms of radix * span
 * points, all of it halved. Its input must have at most edge_fft_room(radix) bits beside the sign.
 */
#ifndef EDGESDK_FEATURES_FFT_STAGE_H
#define EDGESDK_FEATURES_FFT_STAGE_H

#include "fft.h"
#include "fft_order.h"
#include "multiply.h"

/* The bits of x, or of -1 - x: what |x| takes, beside the sign. */
static inline uint32_t edge_folded(int32_t x) { return (uint32_t)(x ^ (x >> 31)); }

static inline uint32_t edge_folded_point(struct edge_point x) {
    return edge_folded(x.re) | edge_folded(x.im);
}

static inline int32_t edge_halved(int32_t x) { return (x + 1) >> 1; }

/* x * (cosine - i sine) / 2, both Q31. */
static inline struct edge_point edge_turned(struct edge_point x, int32_t cosine, int32_t sine) {
    return (struct edge_point){
        edge_plus_high(edge_high_product(x.re, cosine), x.im, sine),
        edge_less_high(edge_high_product(x.im, cosine), x.re, sine),
    };
}

/* A number that is halved r times its size, and turned, still fits. */
static inline uint32_t edge_fft_room(uint32_t radix) { return radix == 2 ? 30 : 29; }

/* One stage over all points. Returns the folded values of what it wrote, or-ed. */
uint32_t edge_fft_stage(const struct edge_fft *fft, uint32_t radix, uint32_t span,
                        uint32_t points, struct edge_point *data);

#endif
