/* The spectrum of real samples in whole numbers, for lengths 4 * 2^a * 3^b * 5^c.
 *
 * Block floating point: all numbers share one exponent, and are only shifted to the right where the
 * next stage could leave 32 bits. Of noise the error is about 2^-27 of its own size, whatever its
 * level. In place; the order of the radices is a palindrome, so that the numbers come into their
 * places by swaps.
 */
#ifndef EDGESDK_FEATURES_FFT_H
#define EDGESDK_FEATURES_FFT_H

#include <stdbool.h>
#include <stdint.h>

/* cffi:begin */
#define EDGE_FFT_LONGEST 16384

struct edge_fft {
    uint32_t length;             /* real samples */
    const int32_t *quarter_sine; /* [length / 4 + 1] Q31 sin(2 pi k / length), saturated */
};

/* Whether the length is one that edge_fft_real takes. */
bool edge_fft_length(uint32_t length);

/* Whether the table's numbers cannot make a transform leave 32 bits. The length is one of these. */
bool edge_fft_check(const struct edge_fft *fft);

/* data[length + 2]: real samples in, length / 2 + 1 complex bins (re, im) out. The spectrum is
 * data * 2^exponent; no complex bin is as large as 2^31. Returns the exponent. */
int32_t edge_fft_real(const struct edge_fft *fft, int32_t *data);
/* cffi:end */

/* sin(2 pi k / length) for k below length. */
static inline int32_t edge_sine(const struct edge_fft *fft, uint32_t k) {
    const uint32_t quarter = fft->length / 4;
    if (k <= quarter) return fft->quarter_sine[k];
    if (k <= 2 * quarter) return fft->quarter_sine[2 * quarter - k];
    if (k <= 3 * quarter) return -fft->quarter_sine[k - 2 * quarter];
    return -fft->quarter_sine[4 * quarter - k];
}

static inline int32_t edge_cosine(const struct edge_fft *fft, uint32_t k) {
    const uint32_t on = k + fft->length / 4;
    return edge_sine(fft, on < fft->length ? on : on - fft->length);
}

#endif
