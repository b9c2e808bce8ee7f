#include "model_group.h"

#include <stddef.h>

#include "../boards/board.h"
#include "../lib/nn/operators.h"
#include "../lib/port.h"
#include "model.h"
#include "sensing.h"
#include "sensing_group.h"

/* A trial without a request for so long has lost its host. A host that is there waits less for an
 * answer; how long the device itself is at work counts for nothing. */
enum { TRIAL_MILLISECONDS = 60000 };

static struct edge_device_group *shared;
static bool tried;                  /* a host has opened a model, and maybe not confirmed it */
static uint32_t requests, heard_at; /* how many there were; when the last one was answered, ms */

/* The payload of a slot's image, where the processor sees it. */
static const uint8_t *payload_of(uint8_t slot, uint32_t *bytes) {
    const uint32_t offset = edge_slots_payload(shared->slots, EDGE_MODEL, slot, bytes);
    return offset == 0 ? NULL : (const uint8_t *)(uintptr_t)(EDGE_FLASH_BASE + offset);
}

/* The slot becomes the active one only where the runtime takes what is in it. */
static enum edge_reason open_slot(uint8_t slot) {
    uint32_t bytes;
    enum edge_reason reason = edge_slots_usable(shared->slots, EDGE_MODEL, slot);
    if (reason != EDGE_OK) return reason;
    const uint8_t *payload = payload_of(slot, &bytes);
    if (payload == NULL) return EDGE_NO_IMAGE;
    reason = edge_model_open(payload, bytes);
    return reason == EDGE_OK ? edge_slots_try_model(shared->slots, slot) : reason;
}

static void describe(struct edge_cbor_writer *answer) {
    edge_cbor_put_u32(answer, "plan", EDGE_PLAN_FORMAT);
    edge_cbor_put_u32(answer, "sensing", EDGE_PROGRAM_FORMAT);
    edge_cbor_put_u32(answer, "arena", edge_model_arena());
    uint8_t kernels[EDGE_KINDS];
    uint32_t count = 0;
    for (uint32_t kind = 0; kind < EDGE_KINDS; kind++) {
        if (edge_model_has_kernel(kind)) kernels[count++] = (uint8_t)kind;
    }
    edge_cbor_put_bytes(answer, "kernels", kernels, count);
}

static void describe_slot(uint8_t image, uint8_t slot, struct edge_cbor_writer *answer) {
    uint32_t bytes, text_bytes;
    const uint8_t *text;
    if (image != EDGE_MODEL) return;
    const uint8_t *payload = payload_of(slot, &bytes);
    if (payload == NULL) return;
    if (edge_model_inspect(payload, bytes, &text, &text_bytes) != EDGE_OK) return;
    edge_cbor_put_u32(answer, "interface", text_bytes);
}

static bool is_active(uint8_t slot, bool *confirmed) {
    struct edge_slot_state state;
    (void)edge_slots_state(shared->slots, EDGE_MODEL, slot, &state);
    *confirmed = state.confirmed;
    return state.active;
}

/* Begins anew what the slots say is active. */
static void open_active(void) {
    bool confirmed;
    for (uint8_t slot = 0; slot < EDGE_SLOTS; slot++) {
        if (!is_active(slot, &confirmed)) continue;
        (void)open_slot(slot);
        return;
    }
}

static void on_change(uint8_t image) {
    if (image != EDGE_MODEL) return;
    tried = false;
    edge_model_close();
    open_active();
}

static void revert(void) {
    (void)edge_slots_revert(shared->slots, EDGE_MODEL);
    on_change(EDGE_MODEL);
}

/* A model that runs in place of the confirmed one, which cannot be used, is on no trial. */
static bool is_on_trial(void) {
    bool confirmed;
    for (uint8_t slot = 0; slot < EDGE_SLOTS; slot++) {
        if (!is_active(slot, &confirmed)) continue;
        return !confirmed && slot != edge_slots_kept(shared->slots, EDGE_MODEL);
    }
    return false;
}

void edge_model_group_watch(void) {
    const uint32_t now = port_milliseconds();
    if (requests != shared->server->requests) {
        requests = shared->server->requests;
        heard_at = now;
    }
    if (!tried || now - heard_at < TRIAL_MILLISECONDS) return;
    tried = false;
    if (is_on_trial()) revert();
}

void edge_model_group_start(struct edge_device_group *device) {
    shared = device;
    device->describe = describe;
    device->describe_slot = describe_slot;
    device->on_change = on_change;
    const uint8_t slot = edge_slots_choose_model(device->slots);
    if (slot == EDGE_NO_SLOT || open_slot(slot) == EDGE_OK) return;
    revert(); /* this runtime refuses it: its trial is over, and the model before it is back */
}

static uint32_t open(struct edge_cbor_map body, struct edge_cbor_writer *answer) {
    uint32_t slot;
    if (!edge_cbor_get_u32(body, "slot", &slot) || slot >= EDGE_SLOTS) return EDGE_BAD_REQUEST;
    const enum edge_reason reason = open_slot((uint8_t)slot);
    if (reason != EDGE_OK) {
        /* A plan is refused before it changes anything; a sensing program has the arena by then. */
        if (!edge_model_is_open() && edge_app_sensing() == NULL) open_active();
        return reason;
    }
    tried = true;
    edge_cbor_put_u32(answer, "inputs", edge_model_input_bytes());
    edge_cbor_put_u32(answer, "outputs", edge_model_output_bytes());
    edge_cbor_put_u32(answer, "arena", edge_model_arena_used());
    edge_cbor_put_u32(answer, "golden", edge_model_golden_vectors());
    return EDGE_OK;
}

static uint32_t feed(struct edge_cbor_map body, struct edge_cbor_writer *answer) {
    struct edge_cbor_span data;
    uint32_t offset;
    if (!edge_cbor_get_u32(body, "off", &offset) || !edge_cbor_get_bytes(body, "data", &data)) {
        return EDGE_BAD_REQUEST;
    }
    const enum edge_reason reason = edge_model_feed(offset, data.data, data.bytes);
    if (reason != EDGE_OK) return reason;
    edge_cbor_put_u32(answer, "off", offset + data.bytes);
    return EDGE_OK;
}

static uint32_t put_outputs(struct edge_cbor_writer *answer, uint32_t offset, uint32_t bytes) {
    if (bytes > answer->room) return EDGE_SMP_TOO_LONG;
    uint8_t *out = edge_cbor_reserve(answer, "data", bytes);
    return out == NULL ? (uint32_t)EDGE_SMP_TOO_LONG
                       : (uint32_t)edge_model_fetch(offset, out, bytes);
}

static uint32_t infer(struct edge_cbor_map body, struct edge_cbor_writer *answer) {
    struct edge_cbor_span data;
    uint32_t bytes, count;
    if (!edge_cbor_get_u32(body, "len", &bytes)) return EDGE_BAD_REQUEST;
    if (edge_cbor_has(body, "data")) {
        if (!edge_cbor_get_bytes(body, "data", &data)) return EDGE_BAD_REQUEST;
        const enum edge_reason fed = edge_model_feed(0, data.data, data.bytes);
        if (fed != EDGE_OK) return fed;
    }
    const enum edge_reason reason = edge_model_infer(&count);
    if (reason != EDGE_OK) return reason;
    edge_cbor_put_u32(answer, "count", count);
    return put_outputs(answer, 0, bytes);
}

static uint32_t fetch(struct edge_cbor_map body, struct edge_cbor_writer *answer) {
    uint32_t offset, bytes;
    if (!edge_cbor_get_u32(body, "off", &offset) || !edge_cbor_get_u32(body, "len", &bytes)) {
        return EDGE_BAD_REQUEST;
    }
    return put_outputs(answer, offset, bytes);
}

static uint32_t golden(struct edge_cbor_map body, struct edge_cbor_writer *answer) {
    uint32_t vector, wrong, count;
    if (!edge_cbor_get_u32(body, "n", &vector)) return EDGE_BAD_REQUEST;
    const enum edge_reason reason = edge_model_golden(vector, &wrong, &count);
    if (reason != EDGE_OK) return reason;
    edge_cbor_put_u32(answer, "wrong", wrong);
    edge_cbor_put_u32(answer, "count", count);
    return EDGE_OK;
}

static uint32_t interface(struct edge_cbor_map body, struct edge_cbor_writer *answer) {
    uint32_t slot, offset, want, bytes, text_bytes;
    const uint8_t *text;
    if (!edge_cbor_get_u32(body, "slot", &slot) || slot >= EDGE_SLOTS ||
        !edge_cbor_get_u32(body, "off", &offset) || !edge_cbor_get_u32(body, "len", &want)) {
        return EDGE_BAD_REQUEST;
    }
    const uint8_t *payload = payload_of((uint8_t)slot, &bytes);
    if (payload == NULL) return EDGE_NO_IMAGE;
    const enum edge_reason reason = edge_model_inspect(payload, bytes, &text, &text_bytes);
    if (reason != EDGE_OK) return reason;
    if (offset > text_bytes || want > text_bytes - offset) return EDGE_BAD_OFFSET;
    edge_cbor_put_bytes(answer, "data", text + offset, want);
    return EDGE_OK;
}

uint32_t edge_model_group(const struct edge_smp_request *request,
                          struct edge_cbor_writer *answer) {
    const struct edge_cbor_map body = request->body;
    if (request->write) {
        switch (request->command) {
        case EDGE_COMMAND_OPEN: return open(body, answer);
        case EDGE_COMMAND_FEED: return feed(body, answer);
        case EDGE_COMMAND_INFER: return infer(body, answer);
        case EDGE_COMMAND_GOLDEN: return golden(body, answer);
        case EDGE_COMMAND_START:
        case EDGE_COMMAND_STREAM:
        case EDGE_COMMAND_RESULTS:
        case EDGE_COMMAND_FINISH: return edge_sensing_group(request, answer);
        default: return edge_device_group(request, answer);
        }
    }
    switch (request->command) {
    case EDGE_COMMAND_FETCH: return fetch(body, answer);
    case EDGE_COMMAND_INTERFACE: return interface(body, answer);
    case EDGE_COMMAND_STATE: return edge_sensing_group(request, answer);
    default: return edge_device_group(request, answer);
    }
}
