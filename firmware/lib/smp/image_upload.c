#include "image_upload.h"

#include <string.h>

enum { VERSION_AT = 20, VERSION_BYTES = 8 }; /* in an MCUboot header */

/* A field that may be absent, but not malformed. */
static bool optional_u32(struct edge_cbor_map body, const char *key, uint32_t *out) {
    return !edge_cbor_has(body, key) || edge_cbor_get_u32(body, key, out);
}

static bool read_name(struct edge_cbor_map body, struct edge_chunk *chunk) {
    chunk->named = edge_cbor_has(body, "sha");
    return !chunk->named || edge_cbor_get_exactly(body, "sha", chunk->name, EDGE_HASH);
}

static bool read_upgrade(struct edge_cbor_map body, struct edge_chunk *chunk) {
    if (!edge_cbor_has(body, "upgrade")) return true;
    return edge_cbor_get_bool(body, "upgrade", &chunk->upgrade);
}

/* Only a first chunk must say of which image it is. */
bool edge_chunk_read(const struct edge_image_upload *upload, struct edge_cbor_map body,
                     struct edge_chunk *chunk) {
    *chunk = (struct edge_chunk){0};
    if (!edge_cbor_get_u32(body, "off", &chunk->offset)) return false;
    if (!edge_cbor_get_bytes(body, "data", &chunk->data)) return false;
    if (chunk->offset > 0) chunk->image = upload->image;
    return optional_u32(body, "image", &chunk->image) && optional_u32(body, "len", &chunk->bytes)
           && read_name(body, chunk) && read_upgrade(body, chunk);
}

/* Whether what was uploaded is still whole in its slot, and nothing has made it the active one. */
static bool still_there(const struct edge_image_group *group) {
    const struct edge_image_upload *upload = &group->upload;
    struct edge_slot_state state;
    if (edge_slots_target(group->slots, upload->image) != upload->slot) return false;
    if (edge_slots_state(group->slots, upload->image, upload->slot, &state) != EDGE_OK) return false;
    return state.valid;
}

/* Whether something of it has come and can be built upon. */
static bool worth_keeping(const struct edge_image_group *group) {
    if (group->upload.stage == EDGE_UPLOAD_DONE) return still_there(group);
    return edge_slots_offset(group->slots, group->upload.image) > 0;
}

/* Whether a first chunk begins the upload that is under way, or done. */
static bool continues(const struct edge_image_group *group, const struct edge_chunk *chunk) {
    const struct edge_image_upload *upload = &group->upload;
    if (upload->stage == EDGE_UPLOAD_NONE || upload->image != chunk->image) return false;
    if (upload->bytes != chunk->bytes) return false;
    if (upload->stage == EDGE_UPLOAD_ANNOUNCED) return true;
    if (!chunk->named || !upload->named) return false;
    return memcmp(upload->name, chunk->name, EDGE_HASH) == 0 && worth_keeping(group);
}

/* Major, minor and revision as one number; the build is no part of a comparison. */
static uint32_t rank(const struct edge_version *version) {
    return (uint32_t)version->major << 24 | (uint32_t)version->minor << 16 | version->revision;
}

static bool is_newer(const struct edge_image_group *group, const struct edge_chunk *chunk) {
    if (chunk->data.bytes < VERSION_AT + VERSION_BYTES) return false;
    const uint8_t *at = chunk->data.data + VERSION_AT;
    struct edge_version offered = {at[0], at[1], (uint16_t)(at[2] | at[3] << 8), 0};
    for (uint8_t slot = 0; slot < EDGE_SLOTS; slot++) {
        struct edge_slot_state state;
        enum edge_reason reason =
            edge_slots_state(group->slots, (uint8_t)chunk->image, slot, &state);
        if (reason != EDGE_OK || !state.valid || !state.active) continue;
        return rank(&offered) > rank(&state.version);
    }
    return true;
}

static enum edge_reason begin(struct edge_image_group *group, uint32_t image, uint32_t bytes,
                              const struct edge_announcement *announcement) {
    struct edge_image_upload *upload = &group->upload;
    *upload = (struct edge_image_upload){.image = (uint8_t)image, .bytes = bytes};
    upload->slot = edge_slots_target(group->slots, upload->image);
    enum edge_reason reason = edge_slots_begin(group->slots, upload->image, bytes, announcement);
    if (reason == EDGE_OK) upload->stage = EDGE_UPLOAD_OPEN;
    return reason;
}

static enum edge_reason take_first(struct edge_image_group *group,
                                   const struct edge_chunk *chunk) {
    struct edge_image_upload *upload = &group->upload;
    if (chunk->bytes == 0) return EDGE_BAD_REQUEST;
    if (chunk->image >= group->images) return EDGE_WRONG_DEVICE;
    if (!continues(group, chunk)) {
        if (chunk->upgrade && !is_newer(group, chunk)) return EDGE_DOWNGRADE;
        enum edge_reason reason = begin(group, chunk->image, chunk->bytes, NULL);
        if (reason != EDGE_OK) return reason;
    }
    if (upload->stage == EDGE_UPLOAD_DONE) return EDGE_OK;
    upload->stage = EDGE_UPLOAD_OPEN;
    upload->named = chunk->named;
    memcpy(upload->name, chunk->name, EDGE_HASH);
    return EDGE_OK;
}

/* Verifies the whole image as it stands in the slot. */
static enum edge_reason finish(struct edge_image_group *group) {
    enum edge_reason reason = edge_slots_finish(group->slots, group->upload.image);
    group->upload.stage = reason == EDGE_OK ? EDGE_UPLOAD_DONE : EDGE_UPLOAD_NONE;
    return reason;
}

static enum edge_reason store(struct edge_image_group *group, const struct edge_chunk *chunk) {
    struct edge_image_upload *upload = &group->upload;
    uint32_t room = upload->bytes - chunk->offset;
    if (chunk->data.bytes > room) return EDGE_TOO_LARGE;
    enum edge_reason reason = edge_slots_write(group->slots, upload->image, chunk->offset,
                                               chunk->data.data, chunk->data.bytes);
    if (reason != EDGE_OK) upload->stage = EDGE_UPLOAD_NONE;
    return reason == EDGE_OK && chunk->data.bytes == room ? finish(group) : reason;
}

enum edge_reason edge_chunk_take(struct edge_image_group *group, const struct edge_chunk *chunk) {
    const struct edge_image_upload *upload = &group->upload;
    if (chunk->offset == 0) {
        enum edge_reason reason = take_first(group, chunk);
        if (reason != EDGE_OK) return reason;
    }
    if (upload->stage == EDGE_UPLOAD_NONE || upload->image != chunk->image) return EDGE_BAD_OFFSET;
    if (upload->stage == EDGE_UPLOAD_DONE || chunk->data.bytes == 0) return EDGE_OK;
    bool next = chunk->offset == edge_slots_offset(group->slots, upload->image);
    return next ? store(group, chunk) : EDGE_OK;
}

uint32_t edge_upload_offset(const struct edge_image_group *group) {
    const struct edge_image_upload *upload = &group->upload;
    if (upload->stage == EDGE_UPLOAD_DONE) return upload->bytes;
    return edge_slots_offset(group->slots, upload->image);
}

enum edge_reason edge_image_group_announce(struct edge_image_group *group, uint8_t image,
                                           const struct edge_announcement *announcement) {
    struct edge_image_upload *upload = &group->upload;
    if (image >= group->images) return EDGE_WRONG_DEVICE;
    bool same = upload->stage != EDGE_UPLOAD_NONE && upload->announced && upload->image == image
                && memcmp(upload->hash, announcement->hash, EDGE_HASH) == 0;
    if (same && worth_keeping(group)) {
        edge_slots_relabel(group->slots, image, upload->slot, announcement->label);
        return EDGE_OK;
    }
    enum edge_reason reason = begin(group, image, announcement->bytes, announcement);
    if (reason != EDGE_OK) return reason;
    upload->stage = EDGE_UPLOAD_ANNOUNCED;
    upload->announced = true;
    memcpy(upload->hash, announcement->hash, EDGE_HASH);
    return EDGE_OK;
}
