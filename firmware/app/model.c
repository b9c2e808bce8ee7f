#include "model.h"

#include <string.h>

#include "../lib/nn/operators.h"
#include "../lib/port.h"
#include "sensing.h"

#ifndef EDGE_ARENA_BYTES
#define EDGE_ARENA_BYTES (320u * 1024u)
#endif

#if defined(__ARM_FEATURE_DSP) && !defined(EDGE_PLAIN_KERNELS)
#define OPERATORS edge_operators_dsp
#else
#define OPERATORS edge_operators_plain
#endif

static uint8_t arena[EDGE_ARENA_BYTES] __attribute__((aligned(16)));
static struct edge_plan plan;
static struct edge_memory memory;
static bool is_open;

bool edge_model_has_kernel(uint32_t kind) { return OPERATORS[kind].check != NULL; }

uint32_t edge_model_arena(void) { return EDGE_ARENA_BYTES; }

uint32_t edge_model_arena_used(void) {
    const struct edge_sensing *sensing = edge_app_sensing();
    if (sensing != NULL) return sensing->program.arena;
    return is_open ? plan.arena_bytes : 0;
}

bool edge_model_is_open(void) { return is_open; }

uint32_t edge_model_input_bytes(void) { return is_open ? plan.input_bytes : 0; }

uint32_t edge_model_output_bytes(void) { return is_open ? plan.output_bytes : 0; }

uint32_t edge_model_golden_vectors(void) { return is_open ? plan.golden_vectors : 0; }

void edge_model_close(void) {
    is_open = false;
    edge_app_sensing_close();
}

enum edge_reason edge_model_inspect(const uint8_t *payload, uint32_t bytes, const uint8_t **text,
                                    uint32_t *text_bytes) {
    struct edge_plan found;
    struct edge_app_sensing sensing;
    if (edge_app_sensing_find(payload, bytes, &sensing)) {
        *text = sensing.interface;
        *text_bytes = sensing.interface_bytes;
        return EDGE_OK;
    }
    const enum edge_plan_status status = edge_plan_check(payload, bytes, UINT32_MAX,
                                                         OPERATORS, EDGE_KINDS, &found);
    if (status != EDGE_PLAN_OK) return EDGE_BAD_PLAN;
    *text = found.interface;
    *text_bytes = found.interface_bytes;
    return EDGE_OK;
}

enum edge_reason edge_model_open(const uint8_t *payload, uint32_t bytes) {
    struct edge_plan found;
    struct edge_app_sensing sensing;
    if (edge_app_sensing_find(payload, bytes, &sensing)) {
        is_open = false; /* it takes the arena, whatever comes of it */
        return edge_app_sensing_open(&sensing, arena, EDGE_ARENA_BYTES, 0);
    }
    const enum edge_plan_status status =
        edge_plan_check(payload, bytes, EDGE_ARENA_BYTES, OPERATORS, EDGE_KINDS, &found);
    if (status == EDGE_PLAN_ARENA_TOO_SMALL) return EDGE_NO_MEMORY;
    if (status != EDGE_PLAN_OK) return EDGE_BAD_PLAN;
    edge_app_sensing_close();
    plan = found;
    memory.arena = arena;
    memory.constants = plan.constants;
    memset(arena, 0, plan.arena_bytes);
    edge_plan_reset(&plan, &memory);
    is_open = true;
    return EDGE_OK;
}

/* Copies between a flat row of bytes and places in the arena, starting `offset` into the row. */
static void copy(const struct edge_place *places, uint32_t count, uint32_t offset, uint8_t *out,
                 const uint8_t *in, uint32_t bytes) {
    for (uint32_t i = 0; i < count && bytes != 0; i++) {
        if (offset >= places[i].bytes) {
            offset -= places[i].bytes;
            continue;
        }
        uint8_t *here = arena + places[i].offset + offset;
        const uint32_t rest = places[i].bytes - offset;
        const uint32_t now = bytes < rest ? bytes : rest;
        if (in != NULL) {
            memcpy(here, in, now);
            in += now;
        } else {
            memcpy(out, here, now);
            out += now;
        }
        bytes -= now;
        offset = 0;
    }
}

enum edge_reason edge_model_feed(uint32_t offset, const uint8_t *data, uint32_t bytes) {
    if (!is_open) return EDGE_NOT_OPEN;
    if (offset > plan.input_bytes || bytes > plan.input_bytes - offset) return EDGE_BAD_OFFSET;
    copy(plan.inputs, plan.input_count, offset, NULL, data, bytes);
    return EDGE_OK;
}

enum edge_reason edge_model_infer(uint32_t *count) {
    if (!is_open) return EDGE_NOT_OPEN;
    const uint32_t start = port_count();
    edge_plan_run(&plan, &memory, OPERATORS);
    *count = port_count() - start;
    return EDGE_OK;
}

enum edge_reason edge_model_fetch(uint32_t offset, uint8_t *out, uint32_t bytes) {
    if (!is_open) return EDGE_NOT_OPEN;
    if (offset > plan.output_bytes || bytes > plan.output_bytes - offset) return EDGE_BAD_OFFSET;
    copy(plan.outputs, plan.output_count, offset, out, NULL, bytes);
    return EDGE_OK;
}

/* How many bytes of the outputs differ from the wanted ones. */
static uint32_t differing(const uint8_t *want) {
    uint32_t wrong = 0;
    for (uint32_t i = 0; i < plan.output_count; i++) {
        const uint8_t *got = arena + plan.outputs[i].offset;
        for (uint32_t b = 0; b < plan.outputs[i].bytes; b++) wrong += got[b] != *want++;
    }
    return wrong;
}

enum edge_reason edge_model_golden(uint32_t vector, uint32_t *wrong_bytes, uint32_t *count) {
    if (!is_open) return EDGE_NOT_OPEN;
    if (vector >= plan.golden_vectors) return EDGE_BAD_OFFSET;
    /* Vectors are answered in order, each in the state that the one before left. */
    if (vector == 0) edge_plan_reset(&plan, &memory);
    const uint8_t *inputs = plan.golden + vector * (plan.input_bytes + plan.output_bytes);
    (void)edge_model_feed(0, inputs, plan.input_bytes);
    (void)edge_model_infer(count);
    *wrong_bytes = differing(inputs + plan.input_bytes);
    return EDGE_OK;
}
