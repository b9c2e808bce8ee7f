#include "reduce.h"

#include "fixed_point.h"

enum { AXES = 3 };

bool edge_reduce_check(const struct edge_reduce *record, const struct edge_limits *limits) {
    uint64_t outputs = 1, inputs = 1, end = 1;
    for (int axis = 0; axis < AXES; axis++) {
        outputs *= record->kept[axis];
        inputs *= record->reduced[axis];
        if (outputs == 0 || outputs > UINT32_MAX || inputs == 0 || inputs > UINT32_MAX)
            return false;
        uint64_t kept = (uint64_t)(record->kept[axis] - 1u) * record->kept_strides[axis];
        uint64_t reduced = (uint64_t)(record->reduced[axis] - 1u) * record->reduced_strides[axis];
        if (kept > UINT32_MAX || reduced > UINT32_MAX) return false;
        end += kept + reduced;
    }
    return (record->size == 1 || record->size == 2) && record->kind <= EDGE_REDUCE_SMALLEST &&
           outputs * inputs <= limits->arena && edge_shift_fits(record->shift) &&
           edge_inside(record->input, end, record->size, limits->arena) &&
           edge_inside(record->output, outputs, record->size, limits->arena);
}

static int32_t joined(uint32_t kind, int32_t all, int32_t next) {
    if (kind == EDGE_REDUCE_SUM) return edge_sum(all, next);
    return kind == EDGE_REDUCE_LARGEST ? edge_larger(all, next) : edge_smaller(all, next);
}

/* Along the innermost reduced axis. */
static inline int32_t line8(const int8_t *at, uint32_t count, uint32_t step, uint32_t kind,
                            int32_t all) {
    for (; count > 0; count--, at += step) all = joined(kind, all, *at);
    return all;
}

static inline int32_t line16(const int16_t *at, uint32_t count, uint32_t step, uint32_t kind,
                             int32_t all) {
    for (; count > 0; count--, at += step) all = joined(kind, all, *at);
    return all;
}

static int32_t line(const struct edge_reduce *r, const uint8_t *tensor, uint32_t at, int32_t all) {
    uint32_t count = r->reduced[2], step = r->reduced_strides[2];
    if (r->size == 2)
        return line16((const int16_t *)(const void *)tensor + at, count, step, r->kind, all);
    const int8_t *first = (const int8_t *)tensor + at;
    if (r->kind != EDGE_REDUCE_SUM) return line8(first, count, step, r->kind, all);
    return line8(first, count, step, EDGE_REDUCE_SUM, all); /* a loop of its own */
}

/* Over the reduced axes, from the first element at `at`. */
static int32_t reduced(const struct edge_reduce *r, const uint8_t *tensor, uint32_t at) {
    const uint32_t *sizes = r->reduced, *strides = r->reduced_strides;
    int32_t all = r->kind == EDGE_REDUCE_SMALLEST ? INT32_MAX : INT32_MIN;
    if (r->kind == EDGE_REDUCE_SUM) all = 0;
    for (uint32_t i = 0; i < sizes[0]; i++)
        for (uint32_t j = 0; j < sizes[1]; j++)
            all = line(r, tensor, at + i * strides[0] + j * strides[1], all);
    return all;
}

static int32_t finished(const struct edge_reduce *r, int32_t all) {
    if (r->kind != EDGE_REDUCE_SUM) return all;
    all = edge_scaled(edge_difference(all, r->zeros), r->multiplier, r->shift);
    int32_t least = r->size == 1 ? INT8_MIN : INT16_MIN;
    return edge_clamped(edge_sum(all, r->output_zero), least, -1 - least);
}

void edge_reduce(const struct edge_reduce *record, const struct edge_memory *memory) {
    const struct edge_reduce copy = *record, *r = &copy;
    const uint8_t *input = memory->arena + r->input;
    uint8_t *output = memory->arena + r->output;
    for (uint32_t i = 0; i < r->kept[0]; i++)
        for (uint32_t j = 0; j < r->kept[1]; j++)
            for (uint32_t k = 0; k < r->kept[2]; k++) {
                uint32_t at = i * r->kept_strides[0] + j * r->kept_strides[1];
                int32_t value = finished(r, reduced(r, input, at + k * r->kept_strides[2]));
                if (r->size == 1)
                    *(int8_t *)output = (int8_t)value;
                else
                    *(int16_t *)(void *)output = (int16_t)value;
                output += r->size;
            }
}
