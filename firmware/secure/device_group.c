#include "device_group.h"

#include <string.h>

#include "../lib/port.h"
#include "sha256.h"

enum { BLOCK = 256 };

static uint32_t invalid(void) { return EDGE_BAD_REQUEST; }

static void put_version(struct edge_cbor_writer *answer, const struct edge_version *version) {
    char text[32];
    char *at = text;
    const uint32_t parts[4] = {version->major, version->minor, version->revision, version->build};
    for (uint32_t i = 0; i < (version->build != 0 ? 4u : 3u); i++) {
        char digits[10];
        uint32_t n = 0, value = parts[i];
        do {
            digits[n++] = (char)('0' + value % 10u);
            value /= 10u;
        } while (value != 0);
        if (i != 0) *at++ = i == 3 ? '+' : '.';
        while (n != 0) *at++ = digits[--n];
    }
    *at = '\0';
    edge_cbor_put_text(answer, "version", text);
}

static void put_keys(const struct edge_device_group *group, struct edge_cbor_writer *answer) {
    uint8_t keys[EDGE_KEYS][EDGE_KEY];
    const uint8_t count = edge_slots_keys(group->slots, keys);
    edge_cbor_open_array(answer, "keys");
    for (uint8_t i = 0; i < count; i++) edge_cbor_put_bytes(answer, NULL, keys[i], EDGE_KEY);
    edge_cbor_close(answer);
}

static uint32_t device(const struct edge_device_group *group, struct edge_cbor_writer *answer) {
    uint8_t id[16];
    port_device_id(id);
    edge_cbor_put_text(answer, "mode", group->mode);
    edge_cbor_put_text(answer, "board", group->layout->board);
    edge_cbor_put_text(answer, "target", group->layout->target);
    edge_cbor_put_bytes(answer, "id", id, sizeof id);
    edge_cbor_put_text(answer, "firmware", group->version);
    edge_cbor_put_u32(answer, "slot", group->layout->slot_size[EDGE_MODEL]);
    edge_cbor_put_u32(answer, "firmware_slot", group->layout->slot_size[EDGE_FIRMWARE]);
    edge_cbor_put_u32(answer, "load", group->layout->load_address);
    put_keys(group, answer);
    edge_cbor_put_u32(answer, "changes", edge_slots_key_changes(group->slots));
    edge_cbor_open_array(answer, "lowest");
    for (uint8_t image = 0; image < EDGE_IMAGES; image++) {
        edge_cbor_put_u32(answer, NULL, edge_slots_lowest_counter(group->slots, image));
    }
    edge_cbor_close(answer);
    edge_cbor_put_u32(answer, "reset", (uint32_t)port_reset_reason());
    edge_cbor_put_u32(answer, "clock", port_clock_hz());
    edge_cbor_put_text(answer, "unit", port_counts_instructions() ? "instructions" : "cycles");
    if (group->describe != NULL) group->describe(answer);
    return EDGE_OK;
}

/* The fields that many requests begin with; `slot` may be NULL. */
static bool place(struct edge_cbor_map body, uint32_t *image, uint32_t *slot) {
    if (!edge_cbor_get_u32(body, "image", image) || *image >= EDGE_IMAGES) return false;
    return slot == NULL || (edge_cbor_get_u32(body, "slot", slot) && *slot < EDGE_SLOTS);
}

static uint32_t slot_state(const struct edge_device_group *group, struct edge_cbor_map body,
                           struct edge_cbor_writer *answer) {
    uint32_t image, slot;
    struct edge_slot_state state;
    if (!place(body, &image, &slot)) return invalid();
    const enum edge_reason reason =
        edge_slots_state(group->slots, (uint8_t)image, (uint8_t)slot, &state);
    if (reason != EDGE_OK) return reason;
    edge_cbor_put_u32(answer, "slot", slot);
    edge_cbor_put_bool(answer, "valid", state.valid);
    /* A confirmed slot is no upload's, whatever has become of its image. */
    edge_cbor_put_bool(answer, "confirmed", state.confirmed);
    if (!state.valid) return EDGE_OK;
    edge_cbor_put_bool(answer, "active", state.active);
    edge_cbor_put_bool(answer, "pending", state.pending);
    edge_cbor_put_bool(answer, "proven", state.proven);
    edge_cbor_put_u32(answer, "size", state.bytes);
    edge_cbor_put_u32(answer, "counter", state.security_counter);
    put_version(answer, &state.version);
    edge_cbor_put_bytes(answer, "hash", state.hash, EDGE_HASH);
    edge_cbor_put_bytes(answer, "label", state.label, EDGE_HASH);
    if (group->describe_slot != NULL) {
        group->describe_slot((uint8_t)image, (uint8_t)slot, answer);
    }
    return EDGE_OK;
}

static uint32_t begin(const struct edge_device_group *group, struct edge_cbor_map body) {
    struct edge_announcement said;
    uint32_t image;
    if (!place(body, &image, NULL) || !edge_cbor_get_u32(body, "len", &said.bytes) ||
        !edge_cbor_get_u32(body, "ctr", &said.security_counter) ||
        !edge_cbor_get_exactly(body, "sha", said.hash, EDGE_HASH) ||
        !edge_cbor_get_exactly(body, "key", said.key_hash, EDGE_HASH) ||
        !edge_cbor_get_exactly(body, "sig", said.signature, EDGE_SIGNATURE) ||
        !edge_cbor_get_exactly(body, "label", said.label, EDGE_HASH)) {
        return invalid();
    }
    return edge_image_group_announce(group->images, (uint8_t)image, &said);
}

static uint32_t change_key(const struct edge_device_group *group, struct edge_cbor_map body) {
    uint8_t key[EDGE_KEY], signature[EDGE_SIGNATURE], id[16];
    bool trust;
    if (!edge_cbor_get_bool(body, "trust", &trust) ||
        !edge_cbor_get_exactly(body, "key", key, sizeof key) ||
        !edge_cbor_get_exactly(body, "sig", signature, sizeof signature)) {
        return invalid();
    }
    port_device_id(id);
    return edge_slots_change_key(group->slots, trust, key, id, signature);
}

static uint32_t decide(const struct edge_device_group *group, struct edge_cbor_map body) {
    struct edge_cbor_span what;
    uint32_t image;
    if (!place(body, &image, NULL) || !edge_cbor_get_text(body, "do", &what)) return invalid();
    if (edge_cbor_is(what, "confirm")) return edge_slots_confirm(group->slots, (uint8_t)image);
    const bool revert = edge_cbor_is(what, "revert");
    if (!revert && !edge_cbor_is(what, "rollback")) return invalid();
    const enum edge_reason reason = revert ? edge_slots_revert(group->slots, (uint8_t)image)
                                           : edge_slots_rollback(group->slots, (uint8_t)image);
    const bool stayed = reason != EDGE_OK && reason != EDGE_FLASH_FAULT;
    if (!stayed && group->on_change != NULL) group->on_change((uint8_t)image);
    return reason;
}

/* SHA-256 of the first bytes of a slot, read back from flash. */
static uint32_t hash(const struct edge_device_group *group, struct edge_cbor_map body,
                     struct edge_cbor_writer *answer) {
    uint32_t image, slot, bytes;
    uint8_t block[BLOCK], digest[EDGE_HASH];
    struct edge_sha256 state;
    if (!place(body, &image, &slot) || !edge_cbor_get_u32(body, "len", &bytes)) return invalid();
    if (bytes > group->layout->slot_size[image]) return EDGE_TOO_LARGE;
    const uint32_t start = group->layout->slot[image][slot];
    edge_sha256_start(&state);
    for (uint32_t at = 0; at < bytes; at += BLOCK) {
        const uint32_t now = bytes - at < BLOCK ? bytes - at : BLOCK;
        if (!group->flash->read(group->flash->context, start + at, block, now)) {
            return EDGE_FLASH_FAULT;
        }
        edge_sha256_add(&state, block, now);
    }
    edge_sha256_finish(&state, digest);
    edge_cbor_put_bytes(answer, "sha", digest, sizeof digest);
    return EDGE_OK;
}

static uint32_t counters(const struct edge_device_group *group, struct edge_cbor_writer *answer) {
    edge_cbor_put_u32(answer, "milliseconds", port_milliseconds());
    edge_cbor_put_u32(answer, "count", port_count());
    edge_cbor_put_u32(answer, "requests", group->server->requests);
    edge_cbor_put_u32(answer, "repeats", group->server->repeats);
    return EDGE_OK;
}

uint32_t edge_device_group(const struct edge_smp_request *request,
                           struct edge_cbor_writer *answer) {
    const struct edge_device_group *group = request->context;
    const struct edge_cbor_map body = request->body;
    if (request->write) {
        switch (request->command) {
        case EDGE_COMMAND_BEGIN: return begin(group, body);
        case EDGE_COMMAND_KEY: return change_key(group, body);
        case EDGE_COMMAND_DECIDE: return decide(group, body);
        default: return EDGE_SMP_NOT_SUPPORTED;
        }
    }
    switch (request->command) {
    case EDGE_COMMAND_DEVICE: return device(group, answer);
    case EDGE_COMMAND_SLOT: return slot_state(group, body, answer);
    case EDGE_COMMAND_HASH: return hash(group, body, answer);
    case EDGE_COMMAND_COUNTERS: return counters(group, answer);
    case EDGE_COMMAND_LOG: return edge_handover_log(group->handover, answer);
    default: return EDGE_SMP_NOT_SUPPORTED;
    }
}
