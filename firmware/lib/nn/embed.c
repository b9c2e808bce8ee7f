#include "embed.h"

#include <string.h>

#include "fixed_point.h"

bool edge_embed_check(const struct edge_embed *record, const struct edge_limits *limits) {
    if (record->rows < 1 || record->rows > INT32_MAX || record->run < 1) return false;
    return edge_inside(record->table, (uint64_t)record->rows * record->run, 1, limits->constants) &&
           edge_inside(record->indices, record->count, 4, limits->arena) &&
           edge_inside(record->output, (uint64_t)record->count * record->run, 1, limits->arena);
}

void edge_embed(const struct edge_embed *record, const struct edge_memory *memory) {
    const struct edge_embed copy = *record, *r = &copy;
    const uint8_t *table = memory->constants + r->table;
    const int32_t *indices = (const int32_t *)(const void *)(memory->arena + r->indices);
    uint8_t *output = memory->arena + r->output;
    for (uint32_t i = 0; i < r->count; i++, output += r->run) {
        const int32_t row = edge_clamped(indices[i], 0, (int32_t)r->rows - 1);
        memcpy(output, table + (uint32_t)row * r->run, r->run);
    }
}
