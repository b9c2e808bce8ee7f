#include "l2_norm.h"

#include "fixed_point.h"

enum { LARGEST = 32767, OUTPUT_BITS = 7 };

bool edge_l2_norm_check(const struct edge_l2_norm *record, const struct edge_limits *limits) {
    uint64_t count = (uint64_t)record->rows * record->depth;
    return record->depth >= 1 && record->depth <= LARGEST && record->zero >= INT8_MIN &&
           record->zero <= INT8_MAX && edge_inside(record->input, count, 1, limits->arena) &&
           edge_inside(record->output, count, 1, limits->arena);
}

/* 1 / sqrt(x) as multiplier * 2^(shift - 31). */
struct inverse {
    int32_t multiplier, shift;
};

/* 1 / sqrt(2 * x), all Q3.28 and x in [1/4, 1): five steps of Newton's iteration from 1. */
static int32_t newton(int32_t x) {
    const int32_t three_halves = 3 << 27, half_root = 1518500250; /* Q3.28; sqrt(1/2), Q0.31 */
    int32_t half = edge_divide_power(x, 1), y = 1 << 28;
    for (int step = 0; step < 5; step++) {
        int32_t cube = edge_high_multiply(edge_high_multiply(y, y), y);
        cube = edge_multiply_power(cube, 6);
        int32_t next = edge_difference(edge_high_multiply(three_halves, y),
                                       edge_high_multiply(half, cube));
        y = edge_multiply_power(next, 3);
    }
    return edge_high_multiply(y, half_root);
}

static struct inverse inverse_root(int32_t x) {
    if (x <= 1) return (struct inverse){INT32_MAX, 0};
    int32_t shift = 11;
    for (; x >= 1 << 29; x /= 4) shift++;
    int32_t pairs = (edge_leading_zeros((uint32_t)x) - 1) / 2 - 1;
    shift -= pairs;
    int32_t y = newton((int32_t)((uint32_t)x << (2 * pairs)) >> 1);
    return shift < 0 ? (struct inverse){(int32_t)((uint32_t)y << -shift), 0}
                     : (struct inverse){y, -shift};
}

void edge_l2_norm(const struct edge_l2_norm *record, const struct edge_memory *memory) {
    const struct edge_l2_norm copy = *record, *r = &copy;
    const int8_t *input = (const int8_t *)memory->arena + r->input;
    int8_t *output = (int8_t *)memory->arena + r->output;
    for (uint32_t row = 0; row < r->rows; row++, input += r->depth, output += r->depth) {
        int32_t sum = 0; /* at most 2^31 - 1 */
        for (uint32_t i = 0; i < r->depth; i++)
            sum += (input[i] - r->zero) * (input[i] - r->zero);
        struct inverse by = inverse_root(sum);
        for (uint32_t i = 0; i < r->depth; i++) {
            int32_t x = edge_scaled(input[i] - r->zero, by.multiplier, by.shift + OUTPUT_BITS);
            output[i] = (int8_t)edge_clamped(x, INT8_MIN, INT8_MAX);
        }
    }
}
