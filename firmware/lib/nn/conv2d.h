/* CONV_2D of int8, NHWC, and everything that is one: FULLY_CONNECTED over many rows.
 *
 * Weights are int8[output_channels][depth] with depth = kernel_height * kernel_width * channels
 * (OHWI) rounded up to a multiple of eight by zeros. scratch: int16[depth][4], four windows beside
 * each other, every four bytes of a window as (0, 2, 1, 3): the order in which SXTB16 takes weights
 * apart. What is padded counts as the input's zero point.
 */
#ifndef EDGESDK_NN_CONV2D_H
#define EDGESDK_NN_CONV2D_H

#include "kernel.h"

/* cffi:begin */
struct edge_conv2d {
    uint32_t input;    /* arena: int8[batches, input_height, input_width, channels] */
    uint32_t output;   /* arena: int8[batches, output_height, output_width, output_channels] */
    uint32_t scratch;  /* arena: int16[depth][4] */
    uint32_t weights;  /* constants: int8[output_channels][depth] */
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
    uint32_t dilation_height;
    uint32_t dilation_width;
    uint32_t pad_top;
    uint32_t pad_left;
    int32_t input_zero;
    int32_t output_zero;
    int32_t low;
    int32_t high;
    uint32_t round_once; /* 1: see channels.h */
    uint32_t common;     /* 1: likewise */
};

bool edge_conv2d_check(const struct edge_conv2d *record, const struct edge_limits *limits);
void edge_conv2d(const struct edge_conv2d *record, const struct edge_memory *memory);
void edge_conv2d_dsp(const struct edge_conv2d *record, const struct edge_memory *memory);
/* cffi:end */

/* The bytes of a row of weights. */
static inline uint32_t edge_conv2d_depth(const struct edge_conv2d *r) {
    return (r->kernel_height * r->kernel_width * r->channels + 7u) & ~7u;
}

#endif
