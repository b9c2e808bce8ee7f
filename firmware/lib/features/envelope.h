/* How many times the loudness of one band rises and falls within a window.
 *
 * The window goes through a first-order Butterworth band-pass forward and backward, is squared,
 * goes through a second-order Butterworth low-pass of EDGE_ENVELOPE_HZ forward and backward, and
 * the local maxima of what is left are counted; a level top counts once, and one that touches the
 * window's end not at all. Edges are as scipy.signal.filtfilt has them by default: nine samples of
 * odd extension, and filters that have always seen the first of them.
 *
 * Only the band that is asked for is computed, at the full rate: a decimated signal has other
 * skirts above its new Nyquist frequency, and the count is of small maxima too. It costs four
 * filter passes in 64-bit fixed point. The band is exact to 2^-30 of the window's range, its
 * envelope to 2^-21 of itself, loud or low. Maxima below 2^-30 of the highest, which only digital
 * silence has, may be missed. Silent and constant windows have no maxima.
 */
#ifndef EDGESDK_FEATURES_ENVELOPE_H
#define EDGESDK_FEATURES_ENVELOPE_H

#include <stdint.h>

/* cffi:begin */
#define EDGE_ENVELOPE_HZ 10
#define EDGE_ENVELOPE_EDGE 9 /* samples of extension at each end */

/* Maxima of the envelope of the band from `low` to `high` Hz of samples at `rate` Hz.
 * scratch[count + 2 * EDGE_ENVELOPE_EDGE]. 0 < low < high <= rate / 10, rate is at least 2000, and
 * count above EDGE_ENVELOPE_EDGE: anything else gives 0. */
int32_t edge_time_envelope_peaks(const int16_t *samples, uint32_t count, uint32_t stride,
                                 uint32_t rate, uint32_t low, uint32_t high, int32_t *scratch);
/* cffi:end */

#endif
