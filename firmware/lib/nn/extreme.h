/* MAXIMUM and MINIMUM of two tensors of int8 or int16, broadcast; all have one quantisation. */
#ifndef EDGESDK_NN_EXTREME_H
#define EDGESDK_NN_EXTREME_H

#include "broadcast.h"

/* cffi:begin */
struct edge_extreme {
    uint32_t left;   /* arena */
    uint32_t right;  /* arena */
    uint32_t output; /* arena */
    uint32_t size;   /* bytes of an element: 1 or 2 */
    struct edge_broadcast shape;
    uint32_t largest; /* 1: the larger of two, 0: the smaller */
};

bool edge_extreme_check(const struct edge_extreme *record, const struct edge_limits *limits);
void edge_extreme(const struct edge_extreme *record, const struct edge_memory *memory);
/* cffi:end */

#endif
