#include "squared_difference.h"

#include "fixed_point.h"

static struct edge_operands places(const struct edge_squared_difference *record) {
    return (struct edge_operands){record->left, record->right, record->output, record->size};
}

bool edge_squared_difference_check(const struct edge_squared_difference *record,
                                   const struct edge_limits *limits) {
    return edge_broadcast_check(&record->shape, places(record), limits) &&
           record->headroom >= 0 && record->headroom <= 31 &&
           edge_shift_is_down(record->left_shift) &&
           edge_shift_is_down(record->right_shift) && edge_shift_is_down(record->output_shift);
}

static inline int32_t raised(int32_t value, int32_t headroom, int32_t multiplier, int32_t shift) {
    return edge_scaled_down((int32_t)((uint32_t)value << headroom), multiplier, shift);
}

static inline int32_t apply(const void *record, int32_t left, int32_t right) {
    const struct edge_squared_difference *r = record;
    int32_t a = edge_difference(left, r->left_zero), b = edge_difference(right, r->right_zero);
    a = raised(a, r->headroom, r->left_multiplier, r->left_shift);
    b = raised(b, r->headroom, r->right_multiplier, r->right_shift);
    a = edge_product(edge_difference(a, b), edge_difference(a, b));
    a = edge_sum(edge_scaled_down(a, r->output_multiplier, r->output_shift), r->output_zero);
    return edge_clamped(a, r->low, r->high);
}

void edge_squared_difference(const struct edge_squared_difference *record,
                             const struct edge_memory *memory) {
    const struct edge_squared_difference copy = *record; /* nothing that is written is part of it */
    edge_broadcast_run(&copy.shape, places(&copy), memory->arena, &copy, apply);
}
