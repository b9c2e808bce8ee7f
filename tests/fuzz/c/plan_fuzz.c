/* Any bytes as an execution plan: refused, or run without reading or writing outside it.
 *
 * Plan and arena have memory of their own of exactly the right size, so that the sanitizers see
 * every byte too far. Both forms of the kernels run. */
#include <stdlib.h>
#include <string.h>

#include "nn/operators.h"

enum { ALIGNMENT = 16, MOST_ARENA = 2048, MOST_PLAN = 16384 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t *aligned(size_t size) {
    void *memory = NULL; /* a request for nothing may give nothing */
    return posix_memalign(&memory, ALIGNMENT, size ? size : 1) == 0 ? memory : NULL;
}

static void run(const uint8_t *bytes, uint32_t size, const struct edge_operator *table) {
    struct edge_plan plan;
    if (edge_plan_check(bytes, size, MOST_ARENA, table, EDGE_KINDS, &plan) != EDGE_PLAN_OK) return;
    struct edge_memory memory = {aligned(plan.arena_bytes), plan.constants};
    if (memory.arena == NULL) abort();
    memset(memory.arena, 0xA5, plan.arena_bytes);
    edge_plan_reset(&plan, &memory);
    edge_plan_run(&plan, &memory, table);
    edge_plan_run(&plan, &memory, table);
    free(memory.arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > MOST_PLAN) return 0;
    uint8_t *plan = aligned(size);
    if (plan == NULL) abort();
    memcpy(plan, data, size);
    run(plan, (uint32_t)size, edge_operators_plain);
    run(plan, (uint32_t)size, edge_operators_dsp);
    free(plan);
    return 0;
}
