#include "load.h"

#include <string.h>

bool edge_load_check(const struct edge_load *record, const struct edge_limits *limits) {
    return edge_inside(record->output, record->bytes, 1, limits->arena) &&
           edge_inside(record->value, record->bytes, 1, limits->constants);
}

void edge_load(const struct edge_load *record, const struct edge_memory *memory) {
    memcpy(memory->arena + record->output, memory->constants + record->value, record->bytes);
}
