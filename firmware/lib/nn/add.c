#include "add.h"

#include "fixed_point.h"

static struct edge_operands places(const struct edge_add *record) {
    return (struct edge_operands){record->left, record->right, record->output, record->size};
}

bool edge_add_check(const struct edge_add *record, const struct edge_limits *limits) {
    return edge_broadcast_check(&record->shape, places(record), limits) &&
           record->headroom >= 0 && record->headroom <= 31 &&
           (record->right_sign == 1 || record->right_sign == -1) &&
           edge_shift_is_down(record->left_shift) &&
           edge_shift_is_down(record->right_shift) && edge_shift_is_down(record->output_shift);
}

static inline int32_t raised(int32_t value, int32_t headroom, int32_t multiplier, int32_t shift) {
    return edge_scaled_down((int32_t)((uint32_t)value << headroom), multiplier, shift);
}

static inline int32_t apply(const void *record, int32_t left, int32_t right) {
    const struct edge_add *r = record;
    int32_t a = edge_difference(left, r->left_zero), b = edge_difference(right, r->right_zero);
    a = raised(a, r->headroom, r->left_multiplier, r->left_shift);
    b = raised(b, r->headroom, r->right_multiplier, r->right_shift);
    a = r->right_sign < 0 ? edge_difference(a, b) : edge_sum(a, b);
    a = edge_sum(edge_scaled_down(a, r->output_multiplier, r->output_shift), r->output_zero);
    return edge_clamped(a, r->low, r->high);
}

/* int8 where one operand has the larger scale, which then only needs a shift, as every planner's
 * ADD has it: the same in fewer instructions. All is doubled, as edge_smmulr halves. */
struct quick {
    int32_t first_factor, first_bias; /* the operand that only needs a shift */
    int32_t second_factor, second_bias, multiplier, half, shift, sign;
    int32_t output_multiplier, output_half, output_shift, zero, low, high;
};

enum { EXACT = 1 << 30 };

static bool is_exact(int32_t multiplier, int32_t shift) {
    return multiplier == EXACT && shift == 0;
}

static int32_t power(int32_t exponent) { return (int32_t)(1u << exponent); }

static bool make_quick(const struct edge_add *r, struct quick *q) {
    const bool left = is_exact(r->left_multiplier, r->left_shift);
    const int32_t multiplier = left ? r->right_multiplier : r->left_multiplier;
    const int32_t shift = left ? r->right_shift : r->left_shift;
    if (r->size != 1 || r->headroom > 20 || r->output_shift == 0 ||
        !(left || is_exact(r->right_multiplier, r->right_shift)))
        return false;
    if (shift == 0 && multiplier != EXACT) return false;
    const int32_t more = shift == 0 ? 1 : 0; /* so that there always is a shift to round at */
    q->first_factor = left ? power(r->headroom) : edge_product(power(r->headroom), r->right_sign);
    q->first_bias = edge_difference(0, edge_product(left ? r->left_zero : r->right_zero,
                                                    q->first_factor));
    q->second_factor = power(r->headroom + 1 + more);
    q->second_bias = edge_difference(0, edge_product(left ? r->right_zero : r->left_zero,
                                                     q->second_factor));
    q->multiplier = multiplier;
    q->shift = more - shift;
    q->half = power(q->shift - 1);
    q->sign = left && r->right_sign < 0 ? -2 : 2;
    q->output_multiplier = r->output_multiplier;
    q->output_shift = -r->output_shift;
    q->output_half = power(q->output_shift - 1);
    q->zero = r->output_zero;
    q->low = r->low;
    q->high = r->high;
    return true;
}

static inline int32_t quick_sum(const void *record, int32_t first, int32_t second) {
    const struct quick *q = record;
    int32_t other = edge_sum(edge_product(second, q->second_factor), q->second_bias);
    other = edge_smmulr(other, q->multiplier);
    other = edge_sum(edge_sum(other, other >> 31), q->half) >> q->shift;
    int32_t sum = edge_sum(edge_product(first, q->first_factor), q->first_bias);
    sum = edge_smmulr(edge_sum(sum, edge_product(other, q->sign)), q->output_multiplier);
    sum = edge_sum(edge_sum(sum, sum >> 31), q->output_half) >> q->output_shift;
    return edge_clamped(edge_sum(sum, q->zero), q->low, q->high);
}

static inline int32_t quick_swapped(const void *record, int32_t second, int32_t first) {
    return quick_sum(record, first, second);
}

void edge_add(const struct edge_add *record, const struct edge_memory *memory) {
    const struct edge_add copy = *record; /* nothing that is written can be part of it */
    struct quick quick;
    if (!make_quick(&copy, &quick))
        edge_broadcast_run(&copy.shape, places(&copy), memory->arena, &copy, apply);
    else if (is_exact(copy.left_multiplier, copy.left_shift))
        edge_broadcast_run8(&copy.shape, places(&copy), memory->arena, &quick, quick_sum);
    else
        edge_broadcast_run8(&copy.shape, places(&copy), memory->arena, &quick, quick_swapped);
}
