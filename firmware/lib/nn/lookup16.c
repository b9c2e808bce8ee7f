#include "lookup16.h"

#include "fixed_point.h"

enum { ENTRIES = 513 };

bool edge_lookup16_check(const struct edge_lookup16 *record, const struct edge_limits *limits) {
    return edge_inside(record->input, record->count, 2, limits->arena) &&
           edge_inside(record->output, record->count, 2, limits->arena) &&
           edge_inside(record->table, ENTRIES, 2, limits->constants);
}

void edge_lookup16(const struct edge_lookup16 *record, const struct edge_memory *memory) {
    const int16_t *table = (const int16_t *)(const void *)(memory->constants + record->table);
    const int16_t *input = (const int16_t *)(const void *)(memory->arena + record->input);
    int16_t *output = (int16_t *)(void *)(memory->arena + record->output);
    for (uint32_t i = record->count; i > 0; i--) *output++ = edge_interpolate(*input++, table);
}
