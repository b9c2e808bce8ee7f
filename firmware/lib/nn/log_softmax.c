#include "log_softmax.h"

#include "fixed_point.h"

enum { SUM_BITS = 12, LOG_BITS = 5, WIDE_BITS = LOG_BITS + 1, TOP = 127 };

bool edge_log_softmax_check(const struct edge_log_softmax *record,
                            const struct edge_limits *limits) {
    uint64_t count = (uint64_t)record->rows * record->depth;
    return record->depth >= 1 && record->entries >= 1 && record->entries <= 256 &&
           edge_shift_fits(record->shift) && edge_shift_fits(record->reverse_shift) &&
           record->farthest <= 0 && record->farthest > INT32_MIN &&
           edge_inside(record->input, count, 1, limits->arena) &&
           edge_inside(record->output, count, 1, limits->arena) &&
           edge_inside(record->table, record->entries, 4, limits->constants);
}

/* The power of two of a number that is `bits` (the places before its first one) below 2^SUM_BITS,
 * as a fixed-point number with WIDE_BITS before the point, plus or minus a quarter. */
static int32_t power(int32_t bits, int32_t quarters) {
    int32_t whole = edge_multiply_power(SUM_BITS - bits, 31 - WIDE_BITS);
    return edge_sum(whole, quarters * (1 << (29 - WIDE_BITS)));
}

/* log(r) / 2 for r between 1/2 and 1 around the fourth root of 1/2: numerator and denominator. */
static int32_t log_near_root(int32_t r) {
    const int32_t root = 1805811301, n = 117049297, d = 127690142; /* Q0.31 */
    const int32_t i = 1057819769, f = 638450708;
    int32_t p = (int32_t)(((int64_t)r + root + 1) / 2);
    int32_t q = edge_sum(edge_difference(r, root), edge_difference(r, root));
    int32_t square = edge_high_multiply(q, q);
    int32_t numerator = edge_sum(edge_high_multiply(q, r),
                                 edge_high_multiply(edge_high_multiply(q, square), n));
    int32_t inner = edge_sum(edge_sum(i, q), edge_high_multiply(d, square));
    int32_t below = edge_sum(edge_high_multiply(p, inner), edge_high_multiply(f, q));
    return edge_high_multiply(edge_divide_power(numerator, WIDE_BITS),
                              edge_one_over_one_plus(below));
}

/* log(x) as Q5.26 for x >= 1 as Q12.19: the better of two ways to write x as a power of two times
 * a number near the fourth root of 1/2. */
static int32_t logarithm(int32_t x) {
    const int32_t log_2 = 1488522236, half_root = 1518500250; /* Q0.31: log(2), sqrt(1/2) */
    int32_t bits = edge_leading_zeros((uint32_t)x | 1u), times = edge_high_multiply(x, half_root);
    int32_t other = edge_leading_zeros((uint32_t)times | 1u) - 1;
    int32_t first = edge_multiply_power(x, edge_larger(bits - 1, 0));
    first = edge_multiply_power(edge_high_multiply(first, half_root), 1);
    int32_t second = edge_multiply_power(x, edge_larger(other, 0));
    int32_t whole = edge_larger(power(bits, 1), power(other, -1));
    int32_t sum = edge_sum(edge_high_multiply(whole, log_2),
                           log_near_root(edge_smaller(first, second)));
    return edge_multiply_power(sum, 1);
}

static int32_t log_sum(const struct edge_log_softmax *r, const int8_t *row, int32_t largest,
                       const int32_t *table) {
    int32_t sum = 0;
    for (uint32_t i = 0; i < r->depth; i++) {
        uint32_t distance = (uint32_t)(largest - row[i]);
        if (distance < r->entries)
            sum = edge_sum(sum, edge_divide_power(table[distance], SUM_BITS));
    }
    return logarithm(sum);
}

static void row_of(const struct edge_log_softmax *r, const int8_t *input, int8_t *output,
                   const int32_t *table) {
    int32_t largest = INT8_MIN;
    for (uint32_t i = 0; i < r->depth; i++) largest = edge_larger(largest, input[i]);
    int32_t log = log_sum(r, input, largest, table);
    int32_t least = edge_scaled(edge_sum(log, INT32_MIN), r->reverse_multiplier, r->reverse_shift);
    least = edge_larger(r->farthest - 1, least);
    for (uint32_t i = 0; i < r->depth; i++) {
        int32_t distance = input[i] - largest, value = INT8_MIN;
        if (distance > least) {
            value = edge_difference(edge_scaled(distance, r->multiplier, r->shift), log);
            value = edge_divide_power(value, 31 - LOG_BITS - 4) + TOP;
        }
        output[i] = (int8_t)edge_clamped(value, INT8_MIN, INT8_MAX);
    }
}

void edge_log_softmax(const struct edge_log_softmax *record, const struct edge_memory *memory) {
    const struct edge_log_softmax copy = *record, *r = &copy;
    const int32_t *table = (const int32_t *)(const void *)(memory->constants + r->table);
    const int8_t *input = (const int8_t *)memory->arena + r->input;
    int8_t *output = (int8_t *)memory->arena + r->output;
    for (uint32_t row = 0; row < r->rows; row++, input += r->depth, output += r->depth)
        row_of(r, input, output, table);
}
