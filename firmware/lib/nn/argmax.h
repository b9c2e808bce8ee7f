/* ARG_MAX and ARG_MIN of int8 along one axis, to int32 or int64: the first of equal ones. */
#ifndef EDGESDK_NN_ARGMAX_H
#define EDGESDK_NN_ARGMAX_H

#include "kernel.h"

/* cffi:begin */
struct edge_argmax {
    uint32_t input;  /* arena: int8[outer, axis, inner] */
    uint32_t output; /* arena: [outer, inner] */
    uint32_t size;   /* bytes of an output: 4 or 8 */
    uint32_t largest; /* 1: where the largest is, 0: the smallest */
    uint32_t outer;
    uint32_t axis;
    uint32_t inner;
};

bool edge_argmax_check(const struct edge_argmax *record, const struct edge_limits *limits);
void edge_argmax(const struct edge_argmax *record, const struct edge_memory *memory);
/* cffi:end */

#endif
