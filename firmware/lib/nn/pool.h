/* AVERAGE_POOL_2D and MAX_POOL_2D of int8, NHWC; what is padded does not count. */
#ifndef EDGESDK_NN_POOL_H
#define EDGESDK_NN_POOL_H

#include "kernel.h"

/* cffi:begin */
struct edge_pool {
    uint32_t input;  /* arena: int8[batches, input_height, input_width, channels] */
    uint32_t output; /* arena: int8[batches, output_height, output_width, channels] */
    uint32_t average; /* 1: the mean, 0: the largest */
    uint32_t batches;
    uint32_t input_height;
    uint32_t input_width;
    uint32_t channels;
    uint32_t output_height;
    uint32_t output_width;
    uint32_t window_height;
    uint32_t window_width;
    uint32_t stride_height;
    uint32_t stride_width;
    uint32_t pad_top;
    uint32_t pad_left;
    int32_t low;
    int32_t high;
};

bool edge_pool_check(const struct edge_pool *record, const struct edge_limits *limits);
void edge_pool(const struct edge_pool *record, const struct edge_memory *memory);
/* cffi:end */

#endif
