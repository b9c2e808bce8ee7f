#include "fully_connected.h"

#include "channels.h"

enum { LARGEST = 1 << 24 }; /* of each size, so that products stay within 64 bits */

bool edge_fully_connected_check(const struct edge_fully_connected *r,
                                const struct edge_limits *limits) {
    if (r->batches < 1 || r->batches > LARGEST || r->depth < 1 || r->depth > LARGEST) return false;
    if (r->units < 1 || r->units > LARGEST) return false;
    if (r->input_zero < -128 || r->input_zero > 127) return false;
    const uint64_t depth = ((uint64_t)r->depth + 3) & ~3ull;
    return edge_inside(r->input, (uint64_t)r->batches * r->depth, 1, limits->arena) &&
           edge_inside(r->output, (uint64_t)r->batches * r->units, 1, limits->arena) &&
           r->weights % 4u == 0 &&
           edge_inside(r->weights, depth * r->units, 1, limits->constants) &&
           edge_channels_fit(r->rescaling, r->units, limits);
}

void edge_fully_connected(const struct edge_fully_connected *r, const struct edge_memory *memory) {
    const int8_t *in = (const int8_t *)memory->arena + r->input;
    int8_t *out = (int8_t *)memory->arena + r->output;
    const int8_t *weights = (const int8_t *)memory->constants + r->weights;
    const uint32_t depth = (r->depth + 3u) & ~3u;
    const struct edge_output output = {r->output_zero, r->low, r->high, true};
    for (uint32_t batch = 0; batch < r->batches; batch++, in += r->depth) {
        for (uint32_t unit = 0; unit < r->units; unit++) {
            const struct edge_channel channel =
                edge_channel_at(memory->constants, r->rescaling, unit);
            int32_t sum = channel.bias;
            for (uint32_t i = 0; i < r->depth; i++) {
                sum = edge_sum(sum, (in[i] - r->input_zero) * weights[unit * depth + i]);
            }
            *out++ = edge_to_byte(sum, &channel, &output);
        }
    }
}
