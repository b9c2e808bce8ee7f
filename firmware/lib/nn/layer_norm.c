#include "layer_norm.h"

#include "fixed_point.h"

enum { LARGEST = 32767, Z_BITS = 20, EPSILON_BITS = 12, Z_MOST = 1 << 29 };

bool edge_layer_norm_check(const struct edge_layer_norm *record,
                           const struct edge_limits *limits) {
    uint64_t count = (uint64_t)record->rows * record->depth;
    return record->depth >= 1 && record->depth <= LARGEST && record->shift <= 30 &&
           record->epsilon_high < (1u << 28) && (record->epsilon_low | record->epsilon_high) != 0 &&
           edge_inside(record->input, count, 1, limits->arena) &&
           edge_inside(record->output, count, 1, limits->arena) &&
           edge_inside(record->gains, record->depth, 4, limits->constants) &&
           edge_inside(record->offsets, record->depth, 4, limits->constants);
}

/* The root, rounded down, bit by bit. */
static uint32_t root_of(uint64_t x) {
    uint64_t root = 0;
    for (uint64_t bit = UINT64_C(1) << 62; bit != 0; bit >>= 2) {
        bool fits = x >= root + bit;
        if (fits) x -= root + bit;
        root = (root >> 1) + (fits ? bit : 0);
    }
    return (uint32_t)root;
}

/* 1 / sqrt(x) as inverse / 2^shift, with an inverse of 30 or 31 bits. x is at least 1. */
struct inverse {
    uint32_t value, shift;
};

/* 2^61 / root, rounded down, bit by bit. root: 2^30 to below 2^31. */
static uint32_t divided(uint32_t root) {
    uint32_t quotient = root == (1u << 30), rest = quotient != 0 ? 0 : 1u << 30;
    for (int bit = 0; bit < 31; bit++) {
        bool fits = (rest << 1) >= root;
        rest = (rest << 1) - (fits ? root : 0);
        quotient = (quotient << 1) + (fits ? 1u : 0);
    }
    return quotient;
}

static struct inverse inverse_root(uint64_t x) {
    uint32_t pairs = 0; /* x * 4^pairs has its highest bit at 61 or 60 */
    for (; x < (UINT64_C(1) << 60); x <<= 2) pairs++;
    return (struct inverse){divided(root_of(x)), 61 - pairs};
}

struct sums {
    int32_t sum;
    uint64_t spread; /* n * Q - S^2 */
};

static struct sums sums_of(const int8_t *row, uint32_t depth) {
    int32_t sum = 0;
    uint32_t squares = 0; /* at most 2^29 */
    for (uint32_t i = 0; i < depth; i++) {
        sum += row[i];
        squares += (uint32_t)(row[i] * row[i]);
    }
    uint64_t square = (uint64_t)((int64_t)sum * sum);
    return (struct sums){sum, (uint64_t)depth * squares - square};
}

/* x / 2^shift, rounded to nearest, halves up. shift: 0 to 62. */
static int64_t shifted(int64_t x, uint32_t shift) {
    return shift == 0 ? x : (x + (INT64_C(1) << (shift - 1))) >> shift;
}

static void row_of(const struct edge_layer_norm *r, const int8_t *input, int8_t *output,
                   const int32_t *gains, const int32_t *offsets) {
    struct sums sums = sums_of(input, r->depth);
    uint64_t epsilon = ((uint64_t)r->epsilon_high << 32) + r->epsilon_low;
    struct inverse by = inverse_root((sums.spread << EPSILON_BITS) + epsilon);
    uint32_t shift = by.shift - EPSILON_BITS / 2 - Z_BITS; /* 5 to 35 */
    for (uint32_t i = 0; i < r->depth; i++) {
        int64_t distance = (int64_t)r->depth * input[i] - sums.sum;
        int64_t z = shifted(distance * by.value, shift);
        /* |z| is below the root of the depth, unless a malformed plan's epsilon says otherwise. */
        z = z < -Z_MOST ? -Z_MOST : z > Z_MOST ? Z_MOST : z;
        int64_t value = shifted(z * gains[i], Z_BITS) + offsets[i];
        value = shifted(value, r->shift);
        output[i] = (int8_t)(value < INT8_MIN ? INT8_MIN : value > INT8_MAX ? INT8_MAX : value);
    }
}

void edge_layer_norm(const struct edge_layer_norm *record, const struct edge_memory *memory) {
    const struct edge_layer_norm copy = *record, *r = &copy;
    const int32_t *gains = (const int32_t *)(const void *)(memory->constants + r->gains);
    const int32_t *offsets = (const int32_t *)(const void *)(memory->constants + r->offsets);
    const int8_t *input = (const int8_t *)memory->arena + r->input;
    int8_t *output = (int8_t *)memory->arena + r->output;
    for (uint32_t row = 0; row < r->rows; row++, input += r->depth, output += r->depth)
        row_of(r, input, output, gains, offsets);
}
