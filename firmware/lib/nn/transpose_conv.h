/* TRANSPOSE_CONV of int8, NHWC: each input adds to a window of outputs.
 *
 * Weights are int8[output_channels][kernel_height * kernel_width * channels] (OHWI).
 */
#ifndef EDGESDK_NN_TRANSPOSE_CONV_H
#define EDGESDK_NN_TRANSPOSE_CONV_H

#include "kernel.h"

/* cffi:begin */
struct edge_transpose_conv {
    uint32_t input;     /* arena: int8[batches, input_height, input_width, channels] */
    uint32_t output;    /* arena: int8[batches, output_height, output_width, output_channels] */
    uint32_t weights;   /* constants: int8[output_channels][kernel_height][kernel_width][channels] */
    uint32_t rescaling; /* constants: int32[output_channels][4]: channels.h */
    uint32_t batches;
    uint32_t input_height;
    uint32_t input_width;
    uint32_t channels;
    uint32_t output_height;
    uint32_t output_width;
    uint32_t output_channels;
    uint32_t kernel_height;
    uint32_t kernel_width;
    uint32_t stride_height;
    uint32_t stride_width;
    uint32_t pad_top;
    uint32_t pad_left;
    int32_t input_zero;
    int32_t output_zero;
    int32_t low;
    int32_t high;
};

bool edge_transpose_conv_check(const struct edge_transpose_conv *record,
                               const struct edge_limits *limits);
void edge_transpose_conv(const struct edge_transpose_conv *record,
                         const struct edge_memory *memory);
/* cffi:end */

#endif
