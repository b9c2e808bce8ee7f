#include "lookup.h"

bool edge_lookup_check(const struct edge_lookup *record, const struct edge_limits *limits) {
    return edge_inside(record->input, record->count, 1, limits->arena) &&
           edge_inside(record->output, record->count, 1, limits->arena) &&
           edge_inside(record->table, 256, 1, limits->constants);
}

void edge_lookup(const struct edge_lookup *record, const struct edge_memory *memory) {
    const uint8_t *table = memory->constants + record->table;
    const uint8_t *input = memory->arena + record->input;
    uint8_t *output = memory->arena + record->output;
    for (uint32_t i = record->count; i > 0; i--) *output++ = table[*input++];
}
