/* SMP group 1. */
#include "image_group.h"

#include <string.h>

#include "image_upload.h"

enum { STATE = 0, UPLOAD = 1, ERASE = 5 };
enum { VERSION_TEXT = sizeof "255.255.65535.4294967295" };

/* SMP's numbers for this group (Zephyr's img_mgmt_err), one per reason, so that a client of v2 can
 * tell them apart; and the words for clients of v1. docs/smp-extensions.md lists them. */
struct refusal {
    uint8_t number;
    const char *word;
};

static const struct refusal refusals[] = {
    [EDGE_OK] = {0, ""},
    [EDGE_FLASH_FAULT] = {12, "flash fault"},
    [EDGE_BAD_FORMAT] = {23, "not an image"},
    [EDGE_BAD_HASH] = {24, "bad hash"},
    [EDGE_BAD_SIGNATURE] = {5, "bad signature"},
    [EDGE_UNTRUSTED_KEY] = {4, "untrusted key"},
    [EDGE_DOWNGRADE] = {27, "downgrade"},
    [EDGE_TOO_LARGE] = {30, "too large"},
    [EDGE_WRONG_DEVICE] = {25, "made for another device"},
    [EDGE_NO_IMAGE] = {3, "no such image"},
    [EDGE_BUSY] = {28, "slot in use"},
    [EDGE_BAD_OFFSET] = {20, "bad offset"},
    [EDGE_BAD_PLAN] = {29, "bad execution plan"},
    [EDGE_NO_MEMORY] = {15, "no memory"},
    [EDGE_BAD_REQUEST] = {21, "bad request"},
    [EDGE_NOT_PROVISIONED] = {32, "no trusted key"},
};
enum { REFUSALS = sizeof refusals / sizeof refusals[0] };

static uint32_t refuse(struct edge_image_group *group, enum edge_reason reason) {
    group->refused = (uint32_t)reason < REFUSALS ? reason : EDGE_OK;
    return group->refused == EDGE_OK ? 1 : refusals[group->refused].number;
}

const char *edge_image_group_reason(const void *context) {
    const struct edge_image_group *group = context;
    return refusals[group->refused].word;
}

/* Writes a number in decimal and returns the place behind it. */
static char *put_number(char *at, uint32_t value) {
    char digits[10];
    uint32_t count = 0;
    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    while (count > 0) *at++ = digits[--count];
    return at;
}

static void put_version(struct edge_cbor_writer *answer, const struct edge_version *version) {
    char text[VERSION_TEXT];
    char *at = put_number(text, version->major);
    *at++ = '.';
    at = put_number(at, version->minor);
    *at++ = '.';
    at = put_number(at, version->revision);
    if (version->build != 0) {
        *at++ = '.';
        at = put_number(at, version->build);
    }
    *at = '\0';
    edge_cbor_put_text(answer, "version", text);
}

static void put_slot(struct edge_cbor_writer *answer, uint8_t image, uint8_t slot,
                     const struct edge_slot_state *state) {
    edge_cbor_open_map(answer, NULL);
    edge_cbor_put_u32(answer, "image", image);
    edge_cbor_put_u32(answer, "slot", slot);
    put_version(answer, &state->version);
    edge_cbor_put_bytes(answer, "hash", state->hash, EDGE_HASH);
    edge_cbor_put_bool(answer, "bootable", true);
    edge_cbor_put_bool(answer, "pending", state->pending);
    edge_cbor_put_bool(answer, "confirmed", state->confirmed);
    edge_cbor_put_bool(answer, "active", state->active);
    edge_cbor_put_bool(answer, "permanent", state->permanent);
    edge_cbor_close(answer);
}

static uint32_t list(struct edge_image_group *group, struct edge_cbor_writer *answer) {
    struct edge_slot_state state;
    edge_cbor_open_array(answer, "images");
    for (uint8_t image = 0; image < group->images; image++) {
        for (uint8_t slot = 0; slot < EDGE_SLOTS; slot++) {
            enum edge_reason reason = edge_slots_state(group->slots, image, slot, &state);
            if (reason == EDGE_OK && state.valid) put_slot(answer, image, slot, &state);
        }
    }
    edge_cbor_close(answer);
    return EDGE_SMP_OK;
}

/* Finds a whole image by its hash, the active one first: both slots may hold the same. */
static bool find_image(struct edge_image_group *group, const uint8_t hash[EDGE_HASH],
                       uint8_t *image, bool *active) {
    struct edge_slot_state state;
    bool found = false;
    for (uint8_t i = 0; i < group->images; i++) {
        for (uint8_t slot = 0; slot < EDGE_SLOTS; slot++) {
            if (edge_slots_state(group->slots, i, slot, &state) != EDGE_OK || !state.valid) continue;
            if (memcmp(state.hash, hash, EDGE_HASH) != 0) continue;
            *image = i;
            *active = state.active;
            if (state.active) return true;
            found = true;
        }
    }
    return found;
}

static enum edge_reason set_state(struct edge_image_group *group, const uint8_t *hash,
                                  bool confirm) {
    uint8_t image = EDGE_FIRMWARE;
    bool active = true;
    if (hash != NULL && !find_image(group, hash, &image, &active)) return EDGE_NO_IMAGE;
    if (confirm && active) return edge_slots_confirm(group->slots, image);
    return edge_slots_test(group->slots, image, hash, confirm);
}

static uint32_t write_state(struct edge_image_group *group, struct edge_cbor_map body,
                            struct edge_cbor_writer *answer) {
    uint8_t hash[EDGE_HASH];
    bool confirm = false;
    bool given = edge_cbor_has(body, "hash");
    if (edge_cbor_has(body, "confirm") && !edge_cbor_get_bool(body, "confirm", &confirm)) {
        return EDGE_SMP_INVALID;
    }
    if (given ? !edge_cbor_get_exactly(body, "hash", hash, EDGE_HASH) : !confirm) {
        return EDGE_SMP_INVALID;
    }
    enum edge_reason reason = set_state(group, given ? hash : NULL, confirm);
    return reason == EDGE_OK ? list(group, answer) : refuse(group, reason);
}

static uint32_t upload(struct edge_image_group *group, struct edge_cbor_map body,
                       struct edge_cbor_writer *answer) {
    struct edge_chunk chunk;
    if (!edge_chunk_read(&group->upload, body, &chunk)) return EDGE_SMP_INVALID;
    enum edge_reason reason = edge_chunk_take(group, &chunk);
    if (reason != EDGE_OK) return refuse(group, reason);
    edge_cbor_put_u32(answer, "off", edge_upload_offset(group));
    if (group->upload.stage == EDGE_UPLOAD_DONE) edge_cbor_put_bool(answer, "match", true);
    return EDGE_SMP_OK;
}

/* Slots count through the images here: 0 and 1 are the firmware's, 2 and 3 the model's. Without a
 * number it is the slot that an upload of firmware would go to. */
static uint32_t erase(struct edge_image_group *group, struct edge_cbor_map body) {
    uint32_t place = edge_slots_target(group->slots, EDGE_FIRMWARE);
    if (edge_cbor_has(body, "slot") && !edge_cbor_get_u32(body, "slot", &place)) {
        return EDGE_SMP_INVALID;
    }
    uint32_t image = place / EDGE_SLOTS;
    if (image >= group->images) return refuse(group, EDGE_NO_IMAGE);
    if (group->upload.image == image) group->upload.stage = EDGE_UPLOAD_NONE;
    enum edge_reason reason =
        edge_slots_erase(group->slots, (uint8_t)image, (uint8_t)(place % EDGE_SLOTS));
    return reason == EDGE_OK ? EDGE_SMP_OK : refuse(group, reason);
}

uint32_t edge_image_group(const struct edge_smp_request *request,
                          struct edge_cbor_writer *answer) {
    struct edge_image_group *group = request->context;
    if (request->command == STATE && !request->write) return list(group, answer);
    if (request->command == STATE) return write_state(group, request->body, answer);
    if (request->command == UPLOAD && request->write) return upload(group, request->body, answer);
    if (request->command == ERASE && request->write) return erase(group, request->body);
    return EDGE_SMP_NOT_SUPPORTED;
}
