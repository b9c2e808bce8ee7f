/* Features of a window of samples as they follow each other in time; integers only.
 *
 * Sample i of a window is samples[i * stride]: one channel of interleaved ones. A window has 2 to
 * EDGE_TIME_LONGEST samples; one of fewer gives 0. Values are rounded to nearest and fit 32 bits
 * for every input. `centred` takes the window's mean away first, and exactly: the mean is never
 * rounded.
 *
 * Units and fraction bits (a value v stands for v / 2^bits):
 *     zero crossings   crossings for each pair of neighbours, 0 to 1     16
 *     rms, line length samples' own unit                                 12
 *     crest factor     1                                                 16
 *     kurtosis         1, excess: 0 for a normal distribution            12
 * A silent window is 0 in all of them. So is a constant one, but for its uncentred rms (the
 * constant) and crest factor (1 or -1).
 */
#ifndef EDGESDK_FEATURES_TIME_H
#define EDGESDK_FEATURES_TIME_H

#include <stdbool.h>
#include <stdint.h>

/* cffi:begin */
#define EDGE_TIME_LONGEST 32768
#define EDGE_TIME_RATE_BITS 16
#define EDGE_TIME_UNIT_BITS 12
#define EDGE_TIME_CREST_BITS 16
#define EDGE_TIME_KURTOSIS_BITS 12

/* Changes between below 0 and not below 0, over count - 1. */
int32_t edge_time_zero_crossings(const int16_t *samples, uint32_t count, uint32_t stride,
                                 bool centred);

/* The root of the mean square: centred, the standard deviation. */
int32_t edge_time_rms(const int16_t *samples, uint32_t count, uint32_t stride, bool centred);

/* The largest sample, with its sign, over the rms: below 0 where all samples are. */
int32_t edge_time_crest_factor(const int16_t *samples, uint32_t count, uint32_t stride,
                               bool centred);

/* The mean of |difference of neighbours|, over count - 1. */
int32_t edge_time_line_length(const int16_t *samples, uint32_t count, uint32_t stride);

/* Fourth central moment over the square of the second, less 3. */
int32_t edge_time_kurtosis(const int16_t *samples, uint32_t count, uint32_t stride);

/* The length of vectors of three neighbouring channels: samples[i * stride + 0 .. 2] ->
 * magnitude[i], rounded to nearest, in the samples' own unit. A length above 32767 counts as 32767:
 * longer ones only come from readings at the end of a sensor's range. */
void edge_time_magnitude(const int16_t *samples, uint32_t count, uint32_t stride,
                         int16_t *magnitude);
/* cffi:end */

#endif
