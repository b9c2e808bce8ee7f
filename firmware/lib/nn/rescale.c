#include "rescale.h"

#include "fixed_point.h"

static bool size_fits(uint32_t size) { return size == 1 || size == 2 || size == 4; }

bool edge_rescale_check(const struct edge_rescale *record, const struct edge_limits *limits) {
    return size_fits(record->input_size) && size_fits(record->output_size) &&
           edge_shift_fits(record->shift) &&
           edge_inside(record->input, record->count, record->input_size, limits->arena) &&
           edge_inside(record->output, record->count, record->output_size, limits->arena);
}

static int32_t element(const uint8_t *at, uint32_t size) {
    if (size == 1) return *(const int8_t *)at;
    if (size == 2) return *(const int16_t *)(const void *)at;
    return *(const int32_t *)(const void *)at;
}

static void store(uint8_t *at, uint32_t size, int32_t value) {
    if (size == 1)
        *(int8_t *)at = (int8_t)edge_clamped(value, INT8_MIN, INT8_MAX);
    else if (size == 2)
        *(int16_t *)(void *)at = (int16_t)edge_clamped(value, INT16_MIN, INT16_MAX);
    else
        *(int32_t *)(void *)at = value;
}

void edge_rescale(const struct edge_rescale *record, const struct edge_memory *memory) {
    const struct edge_rescale copy = *record, *r = &copy;
    const uint8_t *input = memory->arena + r->input;
    uint8_t *output = memory->arena + r->output;
    for (uint32_t i = r->count; i > 0; i--) {
        int32_t value = edge_difference(element(input, r->input_size), r->input_zero);
        value = edge_sum(edge_scaled(value, r->multiplier, r->shift), r->output_zero);
        store(output, r->output_size, value);
        input += r->input_size;
        output += r->output_size;
    }
}
