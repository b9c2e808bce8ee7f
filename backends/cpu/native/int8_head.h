/* The end of a group's EDGE_INT8 head, the same in every form. */
#ifndef EDGE_DECODER_INT8_HEAD_H
#define EDGE_DECODER_INT8_HEAD_H

#include "layout.h"

/* y [16] from the exact sums of (w + 128) * x; 0 for rows beyond the matrix. The sum of w * x is
 * rounded once to float32, then multiplied once. */
static inline void edge_int8_outputs(const struct edge_matrix *matrix, uint32_t group,
                                     const int64_t *sums, int32_t x_sum, float x_scale,
                                     float *y) {
  for (uint32_t i = 0; i < EDGE_GROUP; i++) {
    const uint32_t row = EDGE_GROUP * group + i;
    const float sum = (float)(sums[i] - (int64_t)128 * x_sum);
    y[i] = row < matrix->rows ? matrix->scales[row] * x_scale * sum : 0;
  }
}

#endif
