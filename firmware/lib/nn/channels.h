/* What a kernel that multiplies and accumulates does with its sums: a bias before, a factor for each
 * output channel after, as TFLite's int8 specification has it.
 */
#ifndef EDGESDK_NN_CHANNELS_H
#define EDGESDK_NN_CHANNELS_H

#include "dsp.h"
#include "fixed_point.h"
#include "kernel.h"

/* One output channel, in the constants: int32[channels][4]. The factor is multiplier / 2^(31 + right),
 * where a right below zero means to the left. `nudge` is for the common case below: half a unit of
 * the last place that stays, and the output's zero point, both before the shift to the right. */
struct edge_channel {
    int32_t bias;
    int32_t multiplier;
    int32_t right;
    int32_t nudge;
};

/* How sums become bytes, for all channels of a kernel. `once`: the product with a factor is rounded
 * once, as LiteRT does in fully connected layers, and not after each of its two steps. */
struct edge_output {
    int32_t zero, low, high;
    bool once;
};

/* Whether the constants hold so many channels, with shifts that can be applied. */
bool edge_channels_fit(uint32_t offset, uint32_t channels, const struct edge_limits *limits);

/* A channel's numbers. What no planner writes becomes something that can be carried out. */
static inline struct edge_channel edge_channel_at(const uint8_t *constants, uint32_t channels,
                                                  uint32_t index) {
    struct edge_channel found;
    memcpy(&found, constants + channels + sizeof found * index, sizeof found);
    found.right = edge_clamped(found.right, -30, 31);
    return found;
}

/* x * multiplier * 2^(shift - 31), to nearest, halves up. */
static inline int32_t edge_scaled_once(int32_t x, int32_t multiplier, int32_t shift) {
    const int32_t total = 31 - shift; /* 1 to 62 */
    return (int32_t)(((int64_t)x * multiplier + (INT64_C(1) << (total - 1))) >> total);
}

static inline int8_t edge_to_byte(int32_t sum, const struct edge_channel *channel,
                                  const struct edge_output *output) {
    const int32_t scaled = output->once
                               ? edge_scaled_once(sum, channel->multiplier, -channel->right)
                               : edge_scaled(sum, channel->multiplier, -channel->right);
    return (int8_t)edge_clamped(edge_sum(scaled, output->zero), output->low, output->high);
}

/* The same as edge_to_byte, in six instructions, for what trained networks have and a record calls
 * common: every factor is below one half, the product is rounded after each of its two steps, and
 * the output may be any byte. The planner has shown that nothing here leaves 32 bits. */
static inline int8_t edge_common_byte(int32_t sum, const struct edge_channel *by) {
    const int32_t x = edge_smmulr((int32_t)((uint32_t)sum << 1), by->multiplier);
    /* Halves go away from zero: a negative number gets one less before it is shifted. */
    const int32_t nudged = edge_sum(edge_sum(x, x >> 31), by->nudge);
    return (int8_t)edge_saturated_byte(edge_shifted(nudged, by->right));
}

#endif
