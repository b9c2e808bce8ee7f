#include "conv2d.h"

#include "channels.h"
#include "sides.h"

static bool sides_fit(const struct edge_conv2d *r) {
    const uint32_t sides[] = {r->batches,       r->input_height,    r->input_width,
                              r->channels,      r->output_height,   r->output_width,
                              r->output_channels, r->kernel_height, r->kernel_width,
                              r->stride_height, r->stride_width,    r->dilation_height,
                              r->dilation_width};
    return edge_sides_fit(sides, sizeof sides / sizeof sides[0]) &&
           r->pad_top <= EDGE_LARGEST_SIDE && r->pad_left <= EDGE_LARGEST_SIDE &&
           r->input_zero >= -128 && r->input_zero <= 127;
}

bool edge_conv2d_check(const struct edge_conv2d *r, const struct edge_limits *limits) {
    if (!sides_fit(r)) return false;
    if (!edge_reach_fits(r->output_height, r->stride_height, r->kernel_height, r->dilation_height) ||
        !edge_reach_fits(r->output_width, r->stride_width, r->kernel_width, r->dilation_width))
        return false;
    const uint64_t depth = ((uint64_t)r->kernel_height * r->kernel_width * r->channels + 7) & ~7ull;
    const uint64_t rows = (uint64_t)r->batches * r->input_height * r->input_width;
    const uint64_t pixels = (uint64_t)r->batches * r->output_height * r->output_width;
    if (depth > UINT32_MAX / r->output_channels || rows > UINT32_MAX || pixels > UINT32_MAX) return false;
    return edge_inside(r->input, rows * r->channels, 1, limits->arena) &&
           edge_inside(r->output, pixels * r->output_channels, 1, limits->arena) &&
           edge_inside(r->scratch, depth * 2, 4, limits->arena) &&
           r->weights % 4u == 0 &&
           edge_inside(r->weights, depth * r->output_channels, 1, limits->constants) &&
           edge_channels_fit(r->rescaling, r->output_channels, limits);
}

/* The sum of one output: over the parts of the window that lie on the input. */
static int32_t sum_of(const struct edge_conv2d *r, const int8_t *image, const int8_t *weights,
                      int32_t top, int32_t left) {
    int32_t sum = 0;
    for (uint32_t ky = 0; ky < r->kernel_height; ky++) {
        const int32_t y = top + (int32_t)(ky * r->dilation_height);
        for (uint32_t kx = 0; kx < r->kernel_width; kx++) {
            const int32_t x = left + (int32_t)(kx * r->dilation_width);
            if (y < 0 || x < 0 || y >= (int32_t)r->input_height || x >= (int32_t)r->input_width) {
                continue;
            }
            const int8_t *in = image + ((uint32_t)y * r->input_width + (uint32_t)x) * r->channels;
            const int8_t *by = weights + (ky * r->kernel_width + kx) * r->channels;
            for (uint32_t c = 0; c < r->channels; c++) {
                sum = edge_sum(sum, (in[c] - r->input_zero) * by[c]);
            }
        }
    }
    return sum;
}

void edge_conv2d(const struct edge_conv2d *r, const struct edge_memory *memory) {
    const int8_t *image = (const int8_t *)memory->arena + r->input;
    int8_t *out = (int8_t *)memory->arena + r->output;
    const int8_t *weights = (const int8_t *)memory->constants + r->weights;
    const uint32_t depth = edge_conv2d_depth(r);
    const struct edge_output output = {r->output_zero, r->low, r->high, r->round_once != 0};
    for (uint32_t batch = 0; batch < r->batches; batch++) {
        for (uint32_t y = 0; y < r->output_height; y++) {
            for (uint32_t x = 0; x < r->output_width; x++) {
                const int32_t top = (int32_t)(y * r->stride_height) - (int32_t)r->pad_top;
                const int32_t left = (int32_t)(x * r->stride_width) - (int32_t)r->pad_left;
                for (uint32_t c = 0; c < r->output_channels; c++) {
                    const struct edge_channel channel =
                        edge_channel_at(memory->constants, r->rescaling, c);
                    const int32_t sum = sum_of(r, image, weights + c * depth, top, left);
                    *out++ = edge_to_byte(edge_sum(sum, channel.bias), &channel, &output);
                }
            }
        }
        image += r->input_height * r->input_width * r->channels;
    }
}
