#include "handover.h"

#include <string.h>

#include "../lib/port.h"

static const uint32_t HANDOVER_MAGIC = 0x4f444e48u; /* "HNDO" */
_Static_assert(sizeof(struct edge_handover) <= 256, "what a port retains");

/* FNV-1a: retained memory is noise after a cut of power, not an attacker's. */
static uint32_t check_of(const struct edge_handover *handover) {
    const uint8_t *bytes = (const uint8_t *)handover;
    uint32_t hash = 0x811c9dc5u;
    for (uint32_t i = 0; i < sizeof *handover - sizeof handover->check; i++) {
        hash = (hash ^ bytes[i]) * 0x01000193u;
    }
    return hash;
}

void edge_handover_seal(struct edge_handover *handover) { handover->check = check_of(handover); }

struct edge_handover *edge_handover_open(void *retained) {
    struct edge_handover *handover = retained;
    if (handover->magic != HANDOVER_MAGIC || handover->used > EDGE_ERRORS ||
        handover->check != check_of(handover)) {
        memset(handover, 0, sizeof *handover);
        handover->magic = HANDOVER_MAGIC;
        handover->running = 0xFF;
        edge_handover_seal(handover);
    }
    return handover;
}

void edge_handover_note(struct edge_handover *handover, uint32_t reason, const char *where) {
    struct edge_error *first = &handover->errors[0];
    if (handover->used != 0 && first->reason == reason &&
        strncmp(first->where, where, EDGE_WHERE - 1) == 0) {
        first->count++;
        edge_handover_seal(handover);
        return;
    }
    memmove(first + 1, first, (EDGE_ERRORS - 1) * sizeof *first);
    if (handover->used < EDGE_ERRORS) handover->used++;
    memset(first, 0, sizeof *first);
    first->reason = reason;
    first->count = 1;
    for (uint32_t i = 0; i < EDGE_WHERE - 1 && where[i] != '\0'; i++) first->where[i] = where[i];
    edge_handover_seal(handover);
}

void edge_handover_reset(struct edge_handover *handover, bool to_boot) {
    handover->stay_in_boot = to_boot;
    handover->failures = 0;
    edge_handover_seal(handover);
    port_reset();
}

uint32_t edge_handover_log(const struct edge_handover *handover, struct edge_cbor_writer *answer) {
    edge_cbor_open_array(answer, "log");
    for (uint8_t i = 0; i < handover->used; i++) {
        edge_cbor_open_map(answer, NULL);
        edge_cbor_put_u32(answer, "reason", handover->errors[i].reason);
        edge_cbor_put_u32(answer, "count", handover->errors[i].count);
        edge_cbor_put_text(answer, "where", handover->errors[i].where);
        edge_cbor_close(answer);
    }
    edge_cbor_close(answer);
    return 0;
}
