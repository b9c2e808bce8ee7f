#include "prelu.h"

#include "fixed_point.h"

static struct edge_operands places(const struct edge_prelu *record) {
    return (struct edge_operands){record->left, record->right, record->output, record->size};
}

bool edge_prelu_check(const struct edge_prelu *record, const struct edge_limits *limits) {
    return edge_broadcast_check(&record->shape, places(record), limits) &&
           edge_shift_fits(record->positive_shift) && edge_shift_fits(record->negative_shift);
}

static inline int32_t apply(const void *record, int32_t left, int32_t right) {
    const struct edge_prelu *r = record;
    int32_t x = edge_difference(left, r->left_zero);
    int32_t slope = edge_difference(right, r->right_zero);
    if (x >= 0)
        x = edge_scaled(x, r->positive_multiplier, r->positive_shift);
    else
        x = edge_scaled(edge_product(x, slope), r->negative_multiplier, r->negative_shift);
    return edge_clamped(edge_sum(x, r->output_zero), r->low, r->high);
}

void edge_prelu(const struct edge_prelu *record, const struct edge_memory *memory) {
    const struct edge_prelu copy = *record; /* nothing that is written can be part of it */
    edge_broadcast_run(&copy.shape, places(&copy), memory->arena, &copy, apply);
}
