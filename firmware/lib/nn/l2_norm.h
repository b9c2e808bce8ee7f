/* L2_NORMALIZATION of int8 over the last axis: each row divided by its length, to int8 of 1/128. */
#ifndef EDGESDK_NN_L2_NORM_H
#define EDGESDK_NN_L2_NORM_H

#include "kernel.h"

/* cffi:begin */
struct edge_l2_norm {
    uint32_t input;  /* arena: int8[rows, depth] */
    uint32_t output; /* arena: int8[rows, depth] */
    uint32_t rows;
    uint32_t depth; /* 1 to 32767 */
    int32_t zero;   /* -128 to 127 */
};

bool edge_l2_norm_check(const struct edge_l2_norm *record, const struct edge_limits *limits);
void edge_l2_norm(const struct edge_l2_norm *record, const struct edge_memory *memory);
/* cffi:end */

#endif
