#include "sigmoid16.h"

#include "fixed_point.h"

enum { ENTRIES = 256, LAST = ENTRIES - 1 };

bool edge_sigmoid16_check(const struct edge_sigmoid16 *record,
                          const struct edge_limits *limits) {
    return record->multiplier >= 0 && record->multiplier <= INT16_MAX && record->shift >= 0 &&
           record->shift <= 31 && edge_inside(record->input, record->count, 2, limits->arena) &&
           edge_inside(record->output, record->count, 2, limits->arena) &&
           edge_inside(record->table, ENTRIES, 2, limits->constants);
}

/* The table's value at a place given in 1/2^bits of its steps, and with as many more bits. */
static int32_t value_at(const uint16_t *table, uint32_t place, uint32_t bits) {
    uint32_t index = place >> bits, rest = place & ((1u << bits) - 1u);
    return (int32_t)(((uint32_t)table[index] << bits) +
                     rest * ((uint32_t)table[index + 1u] - table[index]));
}

static int32_t logistic(const uint16_t *table, uint32_t size, bool negative) {
    int32_t value = (size >> 9) >= LAST ? 0x7FFF << 10 : value_at(table, size, 9);
    return (negative ? (1 << 25) - value + 511 : value + 512) >> 10;
}

static int32_t tanh_of(const uint16_t *table, uint32_t size, bool negative) {
    int32_t value = (size >> 8) >= LAST ? 0xFFFF << 8 : value_at(table, size, 8);
    value -= 1 << 23;
    return (negative ? 127 - value : value + 128) >> 8;
}

void edge_sigmoid16(const struct edge_sigmoid16 *record, const struct edge_memory *memory) {
    const struct edge_sigmoid16 copy = *record, *r = &copy;
    const uint16_t *table = (const uint16_t *)(const void *)(memory->constants + r->table);
    const int16_t *input = (const int16_t *)(const void *)(memory->arena + r->input);
    int16_t *output = (int16_t *)(void *)(memory->arena + r->output);
    int32_t half = r->shift > 0 ? (int32_t)(UINT32_C(1) << (r->shift - 1)) : 0;
    for (uint32_t i = 0; i < r->count; i++) {
        int32_t x = edge_sum(input[i] * r->multiplier, half) >> r->shift;
        uint32_t size = x < 0 ? 0u - (uint32_t)x : (uint32_t)x;
        output[i] = (int16_t)(r->is_tanh != 0 ? tanh_of(table, size, x < 0)
                                              : logistic(table, size, x < 0));
    }
}
