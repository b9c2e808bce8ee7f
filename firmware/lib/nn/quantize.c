#include "quantize.h"

#include <string.h>

#include "fixed_point.h"

static const float LARGEST = 1048576.0f; /* far beyond what 16 bits hold, far below what 32 do */

bool edge_quantize_check(const struct edge_quantize *record, const struct edge_limits *limits) {
    return (record->size == 1 || record->size == 2) &&
           edge_inside(record->input, record->count, 4, limits->arena) &&
           edge_inside(record->output, record->count, record->size, limits->arena);
}

/* To nearest, halves away from zero. */
static int32_t rounded(float x) {
    if (!(x > -LARGEST)) return -(int32_t)LARGEST;
    if (x > LARGEST) return (int32_t)LARGEST;
    int32_t whole = (int32_t)x;
    float rest = x - (float)whole;
    return whole + (rest >= 0.5f ? 1 : 0) - (rest <= -0.5f ? 1 : 0);
}

void edge_quantize(const struct edge_quantize *record, const struct edge_memory *memory) {
    const struct edge_quantize copy = *record, *r = &copy;
    const float *input = (const float *)(const void *)(memory->arena + r->input);
    uint8_t *output = memory->arena + r->output;
    float scale;
    memcpy(&scale, &r->scale, sizeof scale);
    for (uint32_t i = 0; i < r->count; i++) {
        int32_t value = edge_sum(rounded(input[i] / scale), r->zero);
        value = edge_clamped(value, r->low, r->high);
        if (r->size == 1)
            output[i] = (uint8_t)value;
        else
            ((int16_t *)(void *)output)[i] = (int16_t)value;
    }
}
