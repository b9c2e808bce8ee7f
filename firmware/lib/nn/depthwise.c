#include "depthwise.h"

#include "channels.h"
#include "sides.h"

static bool sides_fit(const struct edge_depthwise *r) {
    const uint32_t sides[] = {r->batches,       r->input_height,  r->input_width,
                              r->channels,      r->multiplier,    r->output_height,
                              r->output_width,  r->kernel_height, r->kernel_width,
                              r->stride_height, r->stride_width,  r->dilation_height,
                              r->dilation_width};
    return edge_sides_fit(sides, sizeof sides / sizeof sides[0]) &&
           r->pad_top <= EDGE_LARGEST_SIDE && r->pad_left <= EDGE_LARGEST_SIDE &&
           r->input_zero >= -128 && r->input_zero <= 127;
}

bool edge_depthwise_check(const struct edge_depthwise *r, const struct edge_limits *limits) {
    if (!sides_fit(r)) return false;
    if (!edge_reach_fits(r->output_height, r->stride_height, r->kernel_height, r->dilation_height) ||
        !edge_reach_fits(r->output_width, r->stride_width, r->kernel_width, r->dilation_width))
        return false;
    const uint64_t channels = (uint64_t)r->channels * r->multiplier, padded = (channels + 3) & ~3ull;
    const uint64_t rows = (uint64_t)r->batches * r->input_height * r->input_width;
    const uint64_t pixels = (uint64_t)r->batches * r->output_height * r->output_width;
    if (channels > UINT32_MAX / 8 || rows > UINT32_MAX || pixels > UINT32_MAX) return false;
    const uint64_t taps = (uint64_t)r->kernel_height * r->kernel_width;
    return edge_inside(r->input, rows * r->channels, 1, limits->arena) &&
           rows * r->channels <= UINT32_MAX && channels <= UINT32_MAX / pixels &&
           edge_inside(r->output, pixels * channels, 1, limits->arena) &&
           taps <= UINT32_MAX / padded && r->weights % 4u == 0 &&
           edge_inside(r->weights, taps * padded, 2, limits->constants) &&
           edge_channels_fit(r->rescaling, (uint32_t)channels, limits);
}

static int32_t sum_of(const struct edge_depthwise *r, const int8_t *input, const int16_t *weights,
                      const struct edge_taps *rows, const struct edge_taps *columns, uint32_t channel) {
    static const uint8_t order[4] = {0, 2, 1, 3};
    const int16_t *own = weights + (channel & ~3u) * r->kernel_height * r->kernel_width;
    const uint32_t at = order[channel & 3u];
    int32_t sum = 0;
    for (uint32_t ky = rows->from; ky < rows->to; ky++) {
        const uint32_t y = rows->place + (ky - rows->from) * r->dilation_height;
        for (uint32_t kx = columns->from; kx < columns->to; kx++) {
            const uint32_t x = columns->place + (kx - columns->from) * r->dilation_width;
            const int32_t value = input[(y * r->input_width + x) * r->channels + channel / r->multiplier];
            sum = edge_sum(sum, (value - r->input_zero) * own[(ky * r->kernel_width + kx) * 4u + at]);
        }
    }
    return sum;
}

void edge_depthwise(const struct edge_depthwise *r, const struct edge_memory *memory) {
    const int8_t *image = (const int8_t *)memory->arena + r->input;
    int8_t *out = (int8_t *)memory->arena + r->output;
    const int16_t *weights = (const int16_t *)(const void *)(memory->constants + r->weights);
    const struct edge_output output = {r->output_zero, r->low, r->high, false};
    for (uint32_t batch = 0; batch < r->batches; batch++) {
        for (uint32_t y = 0; y < r->output_height; y++) {
            const struct edge_taps rows = edge_taps_of(y, r->stride_height, r->pad_top, r->kernel_height,
                                                       r->dilation_height, r->input_height);
            for (uint32_t x = 0; x < r->output_width; x++) {
                const struct edge_taps columns = edge_taps_of(
                    x, r->stride_width, r->pad_left, r->kernel_width, r->dilation_width, r->input_width);
                for (uint32_t c = 0; c < r->channels * r->multiplier; c++) {
                    const struct edge_channel channel = edge_channel_at(memory->constants, r->rescaling, c);
                    const int32_t sum = sum_of(r, image, weights, &rows, &columns, c);
                    *out++ = edge_to_byte(edge_sum(sum, channel.bias), &channel, &output);
                }
            }
        }
        image += r->input_height * r->input_width * r->channels;
    }
}
