#include "plan.h"

#include <string.h>

enum {
    MAGIC = 0x4C504445, /* "EDPL" */
    HEADER = 48, /* bytes */
    RECORD_HEADER = 8,
    ALIGNMENT = 16,
};

enum section { INPUTS, OUTPUTS, VARIABLES, RECORDS, CONSTANTS, INTERFACE, GOLDEN, SECTIONS };

struct header {
    uint32_t magic;
    uint32_t version;
    uint32_t bytes; /* of the whole plan */
    uint32_t arena;
    uint32_t sections[SECTIONS]; /* bytes of each, without the padding behind it */
    uint32_t record_count;
};

struct record {
    uint32_t kind;
    uint32_t bytes; /* of the struct that follows */
};

static uint64_t align(uint64_t bytes) {
    return (bytes + (ALIGNMENT - 1u)) & ~(uint64_t)(ALIGNMENT - 1u);
}

/* Finds the sections, each behind the other with zeros between: nothing overlaps, nothing is left
 * over. */
static bool find_sections(const uint8_t *plan, uint32_t bytes, const struct header *header,
                          const uint8_t *sections[SECTIONS]) {
    uint64_t at = HEADER;
    for (int i = 0; i < SECTIONS; i++) {
        uint64_t end = at + header->sections[i], next = align(end);
        if (next > bytes) return false;
        sections[i] = plan + at;
        for (; end < next; end++)
            if (plan[end] != 0) return false;
        at = next;
    }
    return at == bytes;
}

/* The sum of the places' bytes; false unless each lies in the arena and the sum has 32 bits. */
static bool add_places(const struct edge_place *places, uint32_t count, uint32_t arena,
                       uint32_t *sum) {
    uint64_t total = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!edge_inside(places[i].offset, places[i].bytes, 1, arena)) return false;
        total += places[i].bytes;
    }
    *sum = (uint32_t)total;
    return total <= UINT32_MAX;
}

static bool check_variables(const struct edge_plan *plan) {
    for (uint32_t i = 0; i < plan->variable_count; i++) {
        const struct edge_variable *variable = &plan->variables[i];
        if (!edge_inside(variable->offset, variable->bytes, 1, plan->arena_bytes)) return false;
        bool filled = variable->value == UINT32_MAX;
        if (variable->fill > (filled ? UINT8_MAX : 0)) return false;
        if (!filled && !edge_inside(variable->value, variable->bytes, 1, plan->constants_bytes))
            return false;
    }
    return true;
}

static bool check_golden(struct edge_plan *plan, uint32_t bytes) {
    uint64_t vector = (uint64_t)plan->input_bytes + plan->output_bytes;
    if (vector == 0 || bytes < vector) return bytes == 0;
    plan->golden_vectors = (uint32_t)(bytes / vector);
    return plan->golden_vectors * vector == bytes;
}

static enum edge_plan_status check_record(const struct record *record,
                                          const struct edge_operator *table, uint32_t kinds,
                                          const struct edge_limits *limits) {
    if (record->kind >= kinds || table[record->kind].check == NULL) return EDGE_PLAN_UNKNOWN_KERNEL;
    if (record->bytes != table[record->kind].bytes) return EDGE_PLAN_BAD_RECORD;
    return table[record->kind].check(record + 1, limits) ? EDGE_PLAN_OK : EDGE_PLAN_BAD_RECORD;
}

static enum edge_plan_status check_records(const struct edge_plan *plan, uint32_t bytes,
                                           const struct edge_operator *table, uint32_t kinds) {
    const struct edge_limits limits = {plan->arena_bytes, plan->constants_bytes};
    uint32_t at = 0;
    for (uint32_t i = 0; i < plan->record_count; i++) {
        if (bytes - at < RECORD_HEADER) return EDGE_PLAN_MALFORMED;
        const struct record *record = (const struct record *)(const void *)(plan->records + at);
        at += RECORD_HEADER;
        if (bytes - at < record->bytes || record->bytes % 4 != 0) return EDGE_PLAN_MALFORMED;
        at += record->bytes;
        enum edge_plan_status status = check_record(record, table, kinds, &limits);
        if (status != EDGE_PLAN_OK) return status;
    }
    return at == bytes ? EDGE_PLAN_OK : EDGE_PLAN_MALFORMED;
}

static struct edge_plan describe(const struct header *header, const uint8_t *sections[SECTIONS]) {
    return (struct edge_plan){
        .inputs = (const struct edge_place *)(const void *)sections[INPUTS],
        .outputs = (const struct edge_place *)(const void *)sections[OUTPUTS],
        .variables = (const struct edge_variable *)(const void *)sections[VARIABLES],
        .records = sections[RECORDS],
        .constants = sections[CONSTANTS],
        .interface = sections[INTERFACE],
        .golden = sections[GOLDEN],
        .input_count = header->sections[INPUTS] / (uint32_t)sizeof(struct edge_place),
        .output_count = header->sections[OUTPUTS] / (uint32_t)sizeof(struct edge_place),
        .variable_count = header->sections[VARIABLES] / (uint32_t)sizeof(struct edge_variable),
        .record_count = header->record_count,
        .arena_bytes = header->arena,
        .constants_bytes = header->sections[CONSTANTS],
        .interface_bytes = header->sections[INTERFACE],
    };
}

static bool whole_entries(const struct header *header) {
    return header->sections[INPUTS] % sizeof(struct edge_place) == 0 &&
           header->sections[OUTPUTS] % sizeof(struct edge_place) == 0 &&
           header->sections[VARIABLES] % sizeof(struct edge_variable) == 0;
}

enum edge_plan_status edge_plan_check(const uint8_t *plan, uint32_t bytes, uint32_t arena_bytes,
                                      const struct edge_operator *table, uint32_t kinds,
                                      struct edge_plan *out) {
    const struct header *header = (const struct header *)(const void *)plan;
    const uint8_t *sections[SECTIONS];
    if (bytes < HEADER || (uintptr_t)plan % ALIGNMENT != 0 || header->magic != MAGIC)
        return EDGE_PLAN_MALFORMED;
    if (header->version != EDGE_PLAN_FORMAT) return EDGE_PLAN_VERSION;
    if (header->bytes != bytes || header->sections[INTERFACE] > EDGE_PLAN_INTERFACE_MOST)
        return EDGE_PLAN_MALFORMED;
    if (!whole_entries(header) || !find_sections(plan, bytes, header, sections))
        return EDGE_PLAN_MALFORMED;
    *out = describe(header, sections);
    if (!add_places(out->inputs, out->input_count, out->arena_bytes, &out->input_bytes) ||
        !add_places(out->outputs, out->output_count, out->arena_bytes, &out->output_bytes) ||
        !check_variables(out) || !check_golden(out, header->sections[GOLDEN]))
        return EDGE_PLAN_MALFORMED;
    enum edge_plan_status status =
        check_records(out, header->sections[RECORDS], table, kinds);
    if (status != EDGE_PLAN_OK) return status;
    return out->arena_bytes <= arena_bytes ? EDGE_PLAN_OK : EDGE_PLAN_ARENA_TOO_SMALL;
}

void edge_plan_reset(const struct edge_plan *plan, const struct edge_memory *memory) {
    for (uint32_t i = 0; i < plan->variable_count; i++) {
        const struct edge_variable *variable = &plan->variables[i];
        uint8_t *place = memory->arena + variable->offset;
        if (variable->value == UINT32_MAX)
            memset(place, (int)variable->fill, variable->bytes);
        else
            memcpy(place, plan->constants + variable->value, variable->bytes);
    }
}

void edge_plan_run(const struct edge_plan *plan, const struct edge_memory *memory,
                   const struct edge_operator *table) {
    const uint8_t *at = plan->records;
    for (uint32_t i = 0; i < plan->record_count; i++) {
        const struct record *record = (const struct record *)(const void *)at;
        table[record->kind].run(record + 1, memory);
        at += RECORD_HEADER + record->bytes;
    }
}
