/* MUL of int8 or int16, broadcast. */
#ifndef EDGESDK_NN_MUL_H
#define EDGESDK_NN_MUL_H

#include "broadcast.h"

/* cffi:begin */
struct edge_mul {
    uint32_t left;   /* arena */
    uint32_t right;  /* arena */
    uint32_t output; /* arena */
    uint32_t size;   /* bytes of an element: 1 or 2 */
    struct edge_broadcast shape;
    int32_t left_zero;
    int32_t right_zero;
    int32_t output_zero;
    int32_t multiplier;
    int32_t shift;
    int32_t low;
    int32_t high;
};

bool edge_mul_check(const struct edge_mul *record, const struct edge_limits *limits);
void edge_mul(const struct edge_mul *record, const struct edge_memory *memory);
/* cffi:end */

#endif
