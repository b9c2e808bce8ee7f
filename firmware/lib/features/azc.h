/* Approximate zero crossings: how often the slope of a signal changes its sign once everything
 * smaller than a tolerance has been smoothed away.
 *
 * The smoothing keeps the first and the last sample and, between two neighbours that are kept, the
 * one furthest from the straight line that joins them, measured vertically (the first of equals),
 * as long as that is further than the tolerance: Ramer, Douglas and Peucker's way with an upright
 * ruler. Level pieces have no slope: up, level, down is one change; up, level, up is none.
 *
 * Which sample splits a piece does not depend on the tolerance, only whether it does. So one pass
 * finds for each sample its level, the lowest tolerance at which it is no longer kept, and each
 * tolerance asked for is then one cheap count. Where several are wanted of one signal:
 *
 *     edge_azc_levels(samples, 50, 8, smallest, levels);
 *     value[k] = edge_azc_count(samples, 50, 8, levels, tolerance[k]);
 *
 * No recursion and no stack: the samples kept so far, to the right of the piece at hand, are the
 * pieces still to do. At most EDGE_TIME_LONGEST samples; time grows with count times samples kept.
 */
#ifndef EDGESDK_FEATURES_AZC_H
#define EDGESDK_FEATURES_AZC_H

#include <stdint.h>

/* cffi:begin */
/* levels[count]: 65535 for the ends, 0 for samples whose level is not above `smallest`. */
void edge_azc_levels(const int16_t *samples, uint32_t count, uint32_t stride, uint16_t smallest,
                     uint16_t *levels);

/* Sign changes of the slope at a tolerance not below the `smallest` of these levels. */
int32_t edge_azc_count(const int16_t *samples, uint32_t count, uint32_t stride,
                       const uint16_t *levels, uint16_t tolerance);

/* Both, for one tolerance, in the samples' own unit. scratch[count]. A window of fewer than three
 * samples, or of more than EDGE_TIME_LONGEST, gives 0. */
int32_t edge_time_azc(const int16_t *samples, uint32_t count, uint32_t stride, uint16_t tolerance,
                      uint16_t *scratch);
/* cffi:end */

#endif
