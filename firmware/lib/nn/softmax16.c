#include "softmax16.h"

#include "fixed_point.h"

enum { ENTRIES = 513 };

bool edge_softmax16_check(const struct edge_softmax16 *record,
                          const struct edge_limits *limits) {
    uint64_t count = (uint64_t)record->rows * record->depth;
    return record->depth >= 1 && edge_shift_fits(record->shift) &&
           edge_inside(record->input, count, 2, limits->arena) &&
           edge_inside(record->output, count, 2, limits->arena) &&
           edge_inside(record->exponentials, ENTRIES, 2, limits->constants) &&
           edge_inside(record->inverses, ENTRIES, 2, limits->constants);
}

static int16_t narrowed(int32_t x) { return (int16_t)edge_clamped(x, INT16_MIN, INT16_MAX); }

/* Puts a row's exponentials into the output; their sum. */
static int32_t exponentials(const struct edge_softmax16 *r, const int16_t *input, int16_t *output,
                            const int16_t *table) {
    int32_t largest = INT16_MIN, sum = 0;
    for (uint32_t i = 0; i < r->depth; i++) largest = edge_larger(largest, input[i]);
    for (uint32_t i = 0; i < r->depth; i++) {
        int32_t x = edge_scaled(input[i] - largest, r->multiplier, r->shift);
        output[i] = edge_interpolate(narrowed(edge_sum(x, INT16_MAX)), table);
        sum = edge_sum(sum, output[i]);
    }
    return sum;
}

/* Divides a row by its sum, which is at least 1/2 of Q16.15's unit in any sound plan. */
static void divide(const struct edge_softmax16 *r, int16_t *row, int32_t sum,
                   const int16_t *table) {
    uint32_t size = sum < 2 ? 2u : (uint32_t)sum;
    int32_t headroom = edge_leading_zeros(size); /* 1 to 30 */
    int32_t shifted = (int32_t)((((int64_t)size << (headroom - 1)) + (1 << 13)) >> 14);
    int32_t inverse = edge_interpolate(narrowed(shifted - (1 << 15) - (1 << 16)), table);
    int32_t shift = 31 - headroom;
    for (uint32_t i = 0; i < r->depth; i++) {
        int64_t product = (int64_t)row[i] * inverse + (INT64_C(1) << (shift - 1));
        row[i] = (int16_t)edge_clamped((int32_t)(product >> shift), 0, INT16_MAX);
    }
}

void edge_softmax16(const struct edge_softmax16 *record, const struct edge_memory *memory) {
    const struct edge_softmax16 copy = *record, *r = &copy;
    const uint8_t *constants = memory->constants;
    const int16_t *powers = (const int16_t *)(const void *)(constants + r->exponentials);
    const int16_t *inverses = (const int16_t *)(const void *)(constants + r->inverses);
    const int16_t *input = (const int16_t *)(const void *)(memory->arena + r->input);
    int16_t *output = (int16_t *)(void *)(memory->arena + r->output);
    for (uint32_t row = 0; row < r->rows; row++, input += r->depth, output += r->depth)
        divide(r, output, exponentials(r, input, output, powers), inverses);
}
