/* PRELU of int8: left where it is not negative, else left * right, which is broadcast. */
#ifndef EDGESDK_NN_PRELU_H
#define EDGESDK_NN_PRELU_H

#include "broadcast.h"

/* cffi:begin */
struct edge_prelu {
    uint32_t left;   /* arena */
    uint32_t right;  /* arena */
    uint32_t output; /* arena */
    uint32_t size;   /* bytes of an element: 1 or 2 */
    struct edge_broadcast shape;
    int32_t left_zero;
    int32_t right_zero;
    int32_t output_zero;
    int32_t positive_multiplier;
    int32_t positive_shift;
    int32_t negative_multiplier; /* of products */
    int32_t negative_shift;
    int32_t low;
    int32_t high;
};

bool edge_prelu_check(const struct edge_prelu *record, const struct edge_limits *limits);
void edge_prelu(const struct edge_prelu *record, const struct edge_memory *memory);
/* cffi:end */

#endif
