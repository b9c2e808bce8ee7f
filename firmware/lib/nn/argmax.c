#include "argmax.h"

bool edge_argmax_check(const struct edge_argmax *record, const struct edge_limits *limits) {
    uint64_t outputs = (uint64_t)record->outer * record->inner;
    if (outputs == 0 || outputs > UINT32_MAX || record->axis == 0) return false;
    return (record->size == 4 || record->size == 8) &&
           edge_inside(record->input, outputs * record->axis, 1, limits->arena) &&
           edge_inside(record->output, outputs, record->size, limits->arena);
}

static uint32_t place_of(const struct edge_argmax *r, const int8_t *input) {
    uint32_t best = 0;
    int32_t extreme = *input;
    for (uint32_t i = 1; i < r->axis; i++) {
        input += r->inner;
        if (r->largest != 0 ? *input > extreme : *input < extreme) {
            extreme = *input;
            best = i;
        }
    }
    return best;
}

void edge_argmax(const struct edge_argmax *record, const struct edge_memory *memory) {
    const struct edge_argmax copy = *record, *r = &copy;
    const int8_t *input = (const int8_t *)memory->arena + r->input;
    uint32_t *output = (uint32_t *)(void *)(memory->arena + r->output);
    for (uint32_t outer = 0; outer < r->outer; outer++, input += r->axis * r->inner)
        for (uint32_t inner = 0; inner < r->inner; inner++) {
            *output++ = place_of(r, input + inner);
            if (r->size == 8) *output++ = 0; /* the upper half, on little-endian machines */
        }
}
