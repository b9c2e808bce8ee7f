/* RESIZE_BILINEAR of int8, NHWC, with places in 1/1024 of a pixel. */
#ifndef EDGESDK_NN_RESIZE_BILINEAR_H
#define EDGESDK_NN_RESIZE_BILINEAR_H

#include "kernel.h"

/* cffi:begin */
struct edge_resize_bilinear {
    uint32_t input;  /* arena: int8[batches, input_height, input_width, channels] */
    uint32_t output; /* arena: int8[batches, output_height, output_width, channels] */
    uint32_t batches;
    uint32_t input_height;
    uint32_t input_width;
    uint32_t output_height;
    uint32_t output_width;
    uint32_t channels;
    uint32_t height_scale; /* from one row of the output to the next, in 1/1024 of the input's */
    uint32_t width_scale;
    uint32_t half_pixels; /* 1: pixels are where their middles are */
};

bool edge_resize_bilinear_check(const struct edge_resize_bilinear *record,
                                const struct edge_limits *limits);
void edge_resize_bilinear(const struct edge_resize_bilinear *record,
                          const struct edge_memory *memory);
/* cffi:end */

#endif
