#include "resize_nearest.h"

#include <string.h>

#include "sides.h"
#include "spaces.h"

bool edge_resize_nearest_check(const struct edge_resize_nearest *r,
                               const struct edge_limits *limits) {
    const uint32_t sides[] = {r->batches,       r->input_height, r->input_width,
                              r->output_height, r->output_width, r->run};
    if (!edge_sides_fit(sides, sizeof sides / sizeof sides[0])) return false;
    uint64_t line = (uint64_t)r->batches * r->run; /* at most 40 bits; each product below 64 */
    uint64_t input = line * r->input_height, output = line * r->output_height;
    if (input > UINT32_MAX || output > UINT32_MAX) return false;
    input *= r->input_width;
    output *= r->output_width;
    const struct edge_space from = {r->input, r->input + input};
    const struct edge_space to = {r->output, r->output + output};
    return edge_apart(from, to) && edge_inside(r->input, input, 1, limits->arena) &&
           edge_inside(r->output, output, 1, limits->arena) &&
           edge_inside(r->rows, r->output_height, 2, limits->constants) &&
           edge_inside(r->columns, r->output_width, 2, limits->constants);
}

static uint32_t within(uint32_t place, uint32_t size) { return place < size ? place : size - 1u; }

void edge_resize_nearest(const struct edge_resize_nearest *record,
                         const struct edge_memory *memory) {
    const struct edge_resize_nearest copy = *record, *r = &copy;
    const uint16_t *rows = (const uint16_t *)(const void *)(memory->constants + r->rows);
    const uint16_t *columns = (const uint16_t *)(const void *)(memory->constants + r->columns);
    const uint8_t *input = memory->arena + r->input;
    uint8_t *output = memory->arena + r->output;
    for (uint32_t batch = 0; batch < r->batches; batch++) {
        for (uint32_t row = 0; row < r->output_height; row++) {
            uint32_t line = within(rows[row], r->input_height) * r->input_width;
            for (uint32_t column = 0; column < r->output_width; column++, output += r->run) {
                uint32_t pixel = line + within(columns[column], r->input_width);
                memcpy(output, input + pixel * r->run, r->run);
            }
        }
        input += r->input_height * r->input_width * r->run;
    }
}
