#include "mul.h"

#include "fixed_point.h"

static struct edge_operands places(const struct edge_mul *record) {
    return (struct edge_operands){record->left, record->right, record->output, record->size};
}

bool edge_mul_check(const struct edge_mul *record, const struct edge_limits *limits) {
    return edge_broadcast_check(&record->shape, places(record), limits) &&
           edge_shift_fits(record->shift);
}

static inline int32_t product(const struct edge_mul *r, int32_t left, int32_t right) {
    return edge_product(edge_difference(left, r->left_zero), edge_difference(right, r->right_zero));
}

static inline int32_t clipped(const struct edge_mul *r, int32_t x) {
    return edge_clamped(edge_sum(x, r->output_zero), r->low, r->high);
}

static inline int32_t apply(const void *record, int32_t left, int32_t right) {
    const struct edge_mul *r = record;
    return clipped(r, edge_scaled(product(r, left, right), r->multiplier, r->shift));
}

/* The same for products that are small, in fewer instructions. */
static inline int32_t apply_small(const void *record, int32_t left, int32_t right) {
    const struct edge_mul *r = record;
    return clipped(r, edge_scaled_down(product(r, left, right), r->multiplier, r->shift));
}

void edge_mul(const struct edge_mul *record, const struct edge_memory *memory) {
    const struct edge_mul copy = *record; /* nothing that is written can be part of it */
    if (copy.size == 1 && edge_shift_is_down(copy.shift))
        edge_broadcast_run(&copy.shape, places(&copy), memory->arena, &copy, apply_small);
    else
        edge_broadcast_run(&copy.shape, places(&copy), memory->arena, &copy, apply);
}
