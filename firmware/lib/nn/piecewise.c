#include "piecewise.h"

#include "fixed_point.h"

bool edge_piecewise_check(const struct edge_piecewise *record,
                          const struct edge_limits *limits) {
    return edge_shift_fits(record->positive_shift) && edge_shift_fits(record->negative_shift) &&
           edge_inside(record->input, record->count, 2, limits->arena) &&
           edge_inside(record->output, record->count, 2, limits->arena);
}

void edge_piecewise(const struct edge_piecewise *record, const struct edge_memory *memory) {
    const struct edge_piecewise copy = *record, *r = &copy;
    const int16_t *input = (const int16_t *)(const void *)(memory->arena + r->input);
    int16_t *output = (int16_t *)(void *)(memory->arena + r->output);
    for (uint32_t i = 0; i < r->count; i++) {
        int32_t x = input[i];
        if (x >= 0)
            x = edge_scaled(x, r->positive_multiplier, r->positive_shift);
        else
            x = edge_scaled(r->mirrored != 0 ? -x : x, r->negative_multiplier, r->negative_shift);
        output[i] = (int16_t)edge_clamped(x, r->low, r->high);
    }
}
