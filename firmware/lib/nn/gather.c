#include "gather.h"

#include <string.h>

#include "spaces.h"

bool edge_gather_check(const struct edge_gather *record, const struct edge_limits *limits) {
    const uint32_t factors[] = {record->outer, record->axis, record->run};
    uint64_t input = record->batches, output = record->batches, chosen = record->batches;
    for (uint32_t i = 0; i < 3; i++) {
        input *= factors[i];
        output *= i == 1 ? record->count : factors[i];
        if (input == 0 || input > UINT32_MAX || output == 0 || output > UINT32_MAX) return false;
    }
    const struct edge_space from = {record->input, record->input + input};
    const struct edge_space to = {record->output, record->output + output};
    return edge_apart(from, to) && edge_inside(record->input, input, 1, limits->arena) &&
           edge_inside(record->indices, chosen * record->count, 4, limits->arena) &&
           edge_inside(record->output, output, 1, limits->arena);
}

static uint32_t place_of(int32_t index, uint32_t axis) {
    if (index < 0) return 0;
    return (uint32_t)index < axis ? (uint32_t)index : axis - 1u;
}

void edge_gather(const struct edge_gather *record, const struct edge_memory *memory) {
    const struct edge_gather copy = *record, *r = &copy;
    const uint8_t *input = memory->arena + r->input;
    const int32_t *indices = (const int32_t *)(const void *)(memory->arena + r->indices);
    uint8_t *output = memory->arena + r->output;
    for (uint32_t batch = 0; batch < r->batches; batch++, indices += r->count)
        for (uint32_t outer = 0; outer < r->outer; outer++, input += r->axis * r->run)
            for (uint32_t i = 0; i < r->count; i++, output += r->run)
                memcpy(output, input + place_of(indices[i], r->axis) * r->run, r->run);
}
