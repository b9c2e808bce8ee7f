#include "extreme.h"

#include "fixed_point.h"

static struct edge_operands places(const struct edge_extreme *record) {
    return (struct edge_operands){record->left, record->right, record->output, record->size};
}

bool edge_extreme_check(const struct edge_extreme *record, const struct edge_limits *limits) {
    return edge_broadcast_check(&record->shape, places(record), limits);
}

static inline int32_t apply(const void *record, int32_t left, int32_t right) {
    const struct edge_extreme *r = record;
    return (left > right) == (r->largest != 0) ? left : right;
}

void edge_extreme(const struct edge_extreme *record, const struct edge_memory *memory) {
    const struct edge_extreme copy = *record; /* nothing that is written can be part of it */
    edge_broadcast_run(&copy.shape, places(&copy), memory->arena, &copy, apply);
}
