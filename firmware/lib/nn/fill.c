#include "fill.h"

#include <string.h>

bool edge_fill_check(const struct edge_fill *record, const struct edge_limits *limits) {
    return record->value <= UINT8_MAX &&
           edge_inside(record->output, record->bytes, 1, limits->arena);
}

void edge_fill(const struct edge_fill *record, const struct edge_memory *memory) {
    memset(memory->arena + record->output, (int)record->value, record->bytes);
}
