/* SQUARED_DIFFERENCE of int8, broadcast: (left - right) squared, on one scale of both. */
#ifndef EDGESDK_NN_SQUARED_DIFFERENCE_H
#define EDGESDK_NN_SQUARED_DIFFERENCE_H

#include "broadcast.h"

/* cffi:begin */
struct edge_squared_difference {
    uint32_t left;   /* arena */
    uint32_t right;  /* arena */
    uint32_t output; /* arena */
    uint32_t size;   /* bytes of an element: 1 or 2 */
    struct edge_broadcast shape;
    int32_t left_zero;
    int32_t right_zero;
    int32_t output_zero;
    int32_t headroom; /* bits by which both operands are raised before they are scaled */
    int32_t left_multiplier;
    int32_t left_shift;
    int32_t right_multiplier;
    int32_t right_shift;
    int32_t output_multiplier;
    int32_t output_shift;
    int32_t low;
    int32_t high;
};

bool edge_squared_difference_check(const struct edge_squared_difference *record,
                                   const struct edge_limits *limits);
void edge_squared_difference(const struct edge_squared_difference *record,
                             const struct edge_memory *memory);
/* cffi:end */

#endif
