#include "sensing.h"

#include <stddef.h>
#include <string.h>

#include "../lib/port.h"

enum { HEADER = 16, FORMAT = 1, ALIGNMENT = 16 };

static const uint64_t LATEST = UINT64_MAX >> 1; /* a first tick with time behind it */

static struct edge_sensing sensing;
static struct edge_app_sensing open_one;
static uint8_t *memory;
static uint32_t memory_bytes;
static uint64_t work;
static bool is_open;

static uint32_t word(const uint8_t *at) {
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

bool edge_app_sensing_find(const uint8_t *payload, uint32_t bytes, struct edge_app_sensing *found) {
    if (bytes < HEADER || memcmp(payload, "EDSG", 4) != 0 || word(payload + 4) != FORMAT) {
        return false;
    }
    found->interface_bytes = word(payload + 8);
    found->program_bytes = word(payload + 12);
    if (found->interface_bytes > bytes - HEADER) return false;
    const uint32_t before =
        (HEADER + found->interface_bytes + ALIGNMENT - 1u) / ALIGNMENT * ALIGNMENT;
    if (before > bytes || found->program_bytes != bytes - before) return false;
    found->interface = payload + HEADER;
    found->program = payload + before;
    return true;
}

enum edge_reason edge_app_sensing_open(const struct edge_app_sensing *found, uint8_t *arena,
                                       uint32_t arena_bytes, uint64_t first_tick) {
    uint32_t where;
    const struct edge_app_sensing kept = *found; /* it may be the open one */
    is_open = false;
    work = 0;
    const enum edge_sensing_status status =
        edge_sensing_open(&sensing, kept.program, kept.program_bytes, arena, arena_bytes,
                          first_tick, &where);
    if (status == EDGE_SENSING_NO_MEMORY) return EDGE_NO_MEMORY;
    if (status != EDGE_SENSING_OK) return EDGE_BAD_PLAN;
    open_one = kept;
    memory = arena;
    memory_bytes = arena_bytes;
    is_open = true;
    return EDGE_OK;
}

void edge_app_sensing_close(void) { is_open = false; }

struct edge_sensing *edge_app_sensing(void) { return is_open ? &sensing : NULL; }

bool edge_app_sensing_step(void) {
    if (!is_open) return false;
    const uint32_t before = port_count();
    const bool did = edge_sensing_step(&sensing);
    if (did) work += (uint32_t)(port_count() - before); /* to look for work is none */
    return did;
}

uint64_t edge_app_sensing_work(void) { return work; }

/* Before anything is begun anew: what is refused leaves the program that runs alone. */
static bool are_facts(const int32_t *facts, uint32_t count) {
    if (count > sensing.program.fact_count) return false;
    for (uint32_t fact = 0; fact < count; fact++) {
        const struct edge_fact_record *record = &sensing.program.facts[fact];
        if (facts[fact] < record->low || facts[fact] > record->high) return false;
    }
    return true;
}

enum edge_reason edge_app_sensing_restart(uint64_t first_tick, const int32_t *facts,
                                          uint32_t count) {
    if (!is_open) return EDGE_NOT_OPEN;
    if (!are_facts(facts, count) || first_tick > LATEST) return EDGE_BAD_REQUEST;
    if (edge_app_sensing_open(&open_one, memory, memory_bytes, first_tick) != EDGE_OK) {
        return EDGE_BAD_PLAN;
    }
    for (uint32_t fact = 0; fact < count; fact++) {
        (void)edge_sensing_set_fact(&sensing, fact, facts[fact]);
    }
    return EDGE_OK;
}
