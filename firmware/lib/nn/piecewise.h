/* RELU, RELU6, LEAKY_RELU and ABS of int16: a factor for what is positive, one for the rest. */
#ifndef EDGESDK_NN_PIECEWISE_H
#define EDGESDK_NN_PIECEWISE_H

#include "kernel.h"

/* cffi:begin */
struct edge_piecewise {
    uint32_t input;  /* arena: int16 */
    uint32_t output; /* arena: int16 */
    uint32_t count;
    uint32_t mirrored; /* 1: what is negative is made positive first */
    int32_t positive_multiplier;
    int32_t positive_shift;
    int32_t negative_multiplier;
    int32_t negative_shift;
    int32_t low;
    int32_t high;
};

bool edge_piecewise_check(const struct edge_piecewise *record, const struct edge_limits *limits);
void edge_piecewise(const struct edge_piecewise *record, const struct edge_memory *memory);
/* cffi:end */

#endif
