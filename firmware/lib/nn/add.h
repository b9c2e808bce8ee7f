/* ADD and SUB of int8 or int16, broadcast: both operands are brought to one scale, then summed. */
#ifndef EDGESDK_NN_ADD_H
#define EDGESDK_NN_ADD_H

#include "broadcast.h"

/* cffi:begin */
struct edge_add {
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
    int32_t right_sign; /* 1 to add, -1 to subtract */
    int32_t output_multiplier;
    int32_t output_shift;
    int32_t low;
    int32_t high;
};

bool edge_add_check(const struct edge_add *record, const struct edge_limits *limits);
void edge_add(const struct edge_add *record, const struct edge_memory *memory);
/* cffi:end */

#endif
