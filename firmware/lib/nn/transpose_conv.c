#include "transpose_conv.h"

#include "channels.h"
#include "sides.h"

static bool sides_fit(const struct edge_transpose_conv *r) {
    const uint32_t sides[] = {r->batches,      r->input_height,  r->input_width,
                              r->channels,     r->output_height, r->output_width,
                              r->output_channels, r->kernel_height, r->kernel_width,
                              r->stride_height, r->stride_width};
    return edge_sides_fit(sides, sizeof sides / sizeof sides[0]) &&
           r->pad_top <= EDGE_LARGEST_SIDE && r->pad_left <= EDGE_LARGEST_SIDE &&
           r->input_zero >= -128 && r->input_zero <= 127;
}

bool edge_transpose_conv_check(const struct edge_transpose_conv *r,
                               const struct edge_limits *limits) {
    if (!sides_fit(r)) return false;
    const uint64_t depth = (uint64_t)r->kernel_height * r->kernel_width * r->channels;
    const uint64_t rows = (uint64_t)r->batches * r->input_height * r->input_width;
    const uint64_t pixels = (uint64_t)r->batches * r->output_height * r->output_width;
    if (depth > UINT32_MAX / r->output_channels || rows > UINT32_MAX || pixels > UINT32_MAX) return false;
    return edge_inside(r->input, rows * r->channels, 1, limits->arena) &&
           edge_inside(r->output, pixels * r->output_channels, 1, limits->arena) &&
           edge_inside(r->weights, depth * r->output_channels, 1, limits->constants) &&
           edge_channels_fit(r->rescaling, r->output_channels, limits);
}

/* The input's place whose window has tap `k` on an output's place, or -1. */
static int32_t source(uint32_t place, uint32_t pad, uint32_t k, uint32_t stride, uint32_t size) {
    const int32_t from = (int32_t)(place + pad) - (int32_t)k;
    if (from < 0 || (uint32_t)from % stride != 0) return -1;
    const uint32_t found = (uint32_t)from / stride;
    return found < size ? (int32_t)found : -1;
}

static int32_t sum_of(const struct edge_transpose_conv *r, const int8_t *image,
                      const int8_t *weights, uint32_t y, uint32_t x) {
    int32_t sum = 0;
    for (uint32_t ky = 0; ky < r->kernel_height; ky++) {
        const int32_t iy = source(y, r->pad_top, ky, r->stride_height, r->input_height);
        for (uint32_t kx = 0; kx < r->kernel_width; kx++, weights += r->channels) {
            const int32_t ix = source(x, r->pad_left, kx, r->stride_width, r->input_width);
            if (iy < 0 || ix < 0) continue;
            const int8_t *in = image + ((uint32_t)iy * r->input_width + (uint32_t)ix) * r->channels;
            for (uint32_t c = 0; c < r->channels; c++) {
                sum = edge_sum(sum, (in[c] - r->input_zero) * weights[c]);
            }
        }
    }
    return sum;
}

void edge_transpose_conv(const struct edge_transpose_conv *r, const struct edge_memory *memory) {
    const int8_t *image = (const int8_t *)memory->arena + r->input;
    int8_t *out = (int8_t *)memory->arena + r->output;
    const int8_t *weights = (const int8_t *)memory->constants + r->weights;
    const uint32_t depth = r->kernel_height * r->kernel_width * r->channels;
    const struct edge_output output = {r->output_zero, r->low, r->high, false};
    for (uint32_t batch = 0; batch < r->batches; batch++) {
        for (uint32_t y = 0; y < r->output_height; y++) {
            for (uint32_t x = 0; x < r->output_width; x++) {
                for (uint32_t c = 0; c < r->output_channels; c++) {
                    const struct edge_channel channel =
                        edge_channel_at(memory->constants, r->rescaling, c);
                    const int32_t sum = sum_of(r, image, weights + c * depth, y, x);
                    *out++ = edge_to_byte(edge_sum(sum, channel.bias), &channel, &output);
                }
            }
        }
        image += r->input_height * r->input_width * r->channels;
    }
}
