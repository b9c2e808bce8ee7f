#include "dequantize.h"

#include <string.h>

#include "fixed_point.h"

bool edge_dequantize_check(const struct edge_dequantize *record,
                           const struct edge_limits *limits) {
    return (record->size == 1 || record->size == 2) &&
           edge_inside(record->input, record->count, record->size, limits->arena) &&
           edge_inside(record->output, record->count, 4, limits->arena);
}

static int32_t element(const struct edge_dequantize *r, const uint8_t *input, uint32_t index) {
    if (r->size == 2) return ((const int16_t *)(const void *)input)[index];
    return r->is_signed != 0 ? ((const int8_t *)input)[index] : input[index];
}

void edge_dequantize(const struct edge_dequantize *record, const struct edge_memory *memory) {
    const struct edge_dequantize copy = *record, *r = &copy;
    const uint8_t *input = memory->arena + r->input;
    float *output = (float *)(void *)(memory->arena + r->output);
    float scale;
    memcpy(&scale, &r->scale, sizeof scale);
    for (uint32_t i = 0; i < r->count; i++)
        output[i] = scale * (float)edge_difference(element(r, input, i), r->zero);
}
