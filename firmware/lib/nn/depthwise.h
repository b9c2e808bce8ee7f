/* DEPTHWISE_CONV_2D of int8, NHWC: each output channel has a window of one input channel.
 *
 * Weights are int16[output channels / 4, rounded up][kernel_height * kernel_width][4], every four
 * channels as (0, 2, 1, 3): the order in which SXTB16 takes inputs apart. What is padded
 * counts as the input's zero point.
 */
#ifndef EDGESDK_NN_DEPTHWISE_H
#define EDGESDK_NN_DEPTHWISE_H

#include "kernel.h"

/* cffi:begin */
struct edge_depthwise {
    uint32_t input;     /* arena: int8[batches, input_height, input_width, channels] */
    uint32_t output;    /* arena: int8[batches, output_height, output_width, channels * multiplier] */
    uint32_t weights;   /* constants: int16[output channels / 4][kernel_height * kernel_width][4] */
    uint32_t rescaling; /* constants: int32[channels * multiplier][4]: channels.h */
    uint32_t batches;
    uint32_t input_height;
    uint32_t input_width;
    uint32_t channels;
    uint32_t multiplier; /* output channels for each input channel */
    uint32_t output_height;
    uint32_t output_width;
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
    uint32_t common; /* 1: see channels.h */
};

bool edge_depthwise_check(const struct edge_depthwise *record, const struct edge_limits *limits);
void edge_depthwise(const struct edge_depthwise *record, const struct edge_memory *memory);
void edge_depthwise_dsp(const struct edge_depthwise *record, const struct edge_memory *memory);
/* cffi:end */

/* The taps of a window that lie on the input, along one axis: from the first to before the last,
 * and where the first one is. */
struct edge_taps {
    uint32_t from, to, place;
};

static inline struct edge_taps edge_taps_of(uint32_t output, uint32_t stride, uint32_t pad,
                                            uint32_t kernel, uint32_t dilation, uint32_t size) {
    const int32_t start = (int32_t)(output * stride) - (int32_t)pad;
    uint32_t from = 0, to = kernel;
    if (start >= 0 && start + (int32_t)((kernel - 1u) * dilation) < (int32_t)size) {
        return (struct edge_taps){0, kernel, (uint32_t)start}; /* all of them, as most often */
    }
    while (from < kernel && start + (int32_t)(from * dilation) < 0) from++;
    while (to > from && start + (int32_t)((to - 1u) * dilation) >= (int32_t)size) to--;
    if (from == to) return (struct edge_taps){0, 0, 0};
    return (struct edge_taps){from, to, (uint32_t)(start + (int32_t)(from * dilation))};
}

#endif
