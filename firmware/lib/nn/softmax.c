#include "softmax.h"

#include "fixed_point.h"

enum { SUM_BITS = 12 }; /* the sum of a row is Q12.19 */

bool edge_softmax_check(const struct edge_softmax *record, const struct edge_limits *limits) {
    uint64_t count = (uint64_t)record->rows * record->depth;
    return (record->size == 1 || record->size == 2) && record->depth >= 1 &&
           record->entries >= 1 && record->entries <= 256 &&
           edge_inside(record->input, count, 1, limits->arena) &&
           edge_inside(record->output, count, record->size, limits->arena) &&
           edge_inside(record->table, record->entries, 4, limits->constants);
}

static int32_t largest_of(const int8_t *row, uint32_t depth) {
    int32_t largest = INT8_MIN;
    for (uint32_t i = 0; i < depth; i++) largest = edge_larger(largest, row[i]);
    return largest;
}

/* The sum of exponentials. */
static int32_t sum_of(const struct edge_softmax *r, const int8_t *row, int32_t largest,
                      const int32_t *table) {
    int32_t sum = 0;
    for (uint32_t i = 0; i < r->depth; i++) {
        uint32_t distance = (uint32_t)(largest - row[i]);
        if (distance < r->entries)
            sum = edge_sum(sum, edge_divide_power(table[distance], SUM_BITS));
    }
    return sum;
}

/* A row's divisor: exponentials times `scale` (Q0.31), shifted right. */
struct divisor {
    int32_t scale, shift;
};

static struct divisor divisor_of(int32_t sum, uint32_t size) {
    int32_t headroom = edge_leading_zeros((uint32_t)sum | 1u); /* a sum is never 0 */
    int32_t rest = (int32_t)(((uint32_t)sum << headroom) - (UINT32_C(1) << 31));
    int32_t shift = SUM_BITS - headroom + 31 - (int32_t)(8u * size);
    return (struct divisor){edge_one_over_one_plus(rest), edge_clamped(shift, 0, 31)};
}

static void row_of(const struct edge_softmax *r, const int8_t *input, void *output,
                   const int32_t *table) {
    int32_t largest = largest_of(input, r->depth);
    struct divisor by = divisor_of(sum_of(r, input, largest, table), r->size);
    int32_t low = r->size == 1 ? INT8_MIN : INT16_MIN, high = r->size == 1 ? INT8_MAX : INT16_MAX;
    for (uint32_t i = 0; i < r->depth; i++) {
        uint32_t distance = (uint32_t)(largest - input[i]);
        int32_t value = low;
        if (distance < r->entries) {
            value = edge_divide_power(edge_high_multiply(by.scale, table[distance]), by.shift);
            value = edge_clamped(edge_sum(value, low), low, high);
        }
        if (r->size == 1)
            ((int8_t *)output)[i] = (int8_t)value;
        else
            ((int16_t *)output)[i] = (int16_t)value;
    }
}

void edge_softmax(const struct edge_softmax *record, const struct edge_memory *memory) {
    const struct edge_softmax copy = *record, *r = &copy;
    const int32_t *table = (const int32_t *)(const void *)(memory->constants + r->table);
    const int8_t *input = (const int8_t *)memory->arena + r->input;
    uint8_t *output = memory->arena + r->output;
    for (uint32_t row = 0; row < r->rows; row++) {
        row_of(r, input, output, table);
        input += r->depth;
        output += r->depth * r->size;
    }
}
