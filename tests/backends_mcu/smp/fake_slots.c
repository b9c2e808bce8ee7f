/* Slots in plain memory, without flash, hashes or signatures: what tests of the protocol need. An
 * image is whole when its MCUboot header and hash TLV are there. */
#include <stdlib.h>
#include <string.h>

#include "store.h"

#ifndef FAKE_SLOT
#define FAKE_SLOT 0x58000
#endif

struct fake_image {
    uint8_t slot[EDGE_SLOTS][FAKE_SLOT];
    bool valid[EDGE_SLOTS];
    uint8_t active, confirmed, pending; /* slots, or EDGE_NO_SLOT */
    bool permanent;
    uint32_t expected, offset; /* of the upload under way */
    uint32_t begun;            /* uploads */
};

struct edge_slots {
    struct fake_image image[EDGE_IMAGES];
    enum edge_reason refuse; /* what the next change of anything is refused with; or EDGE_OK */
};

enum { HEADER = 32, MAGIC = 0x3d, TLV_MAGIC = 0x6907, TLV_HASH = 0x10 };

struct edge_slots *store_new(void) {
    struct edge_slots *slots = calloc(1, sizeof *slots);
    if (slots == NULL) abort();
    for (int i = 0; i < EDGE_IMAGES; i++) {
        struct fake_image *image = &slots->image[i];
        memset(image->slot, 0xFF, sizeof image->slot);
        image->active = image->confirmed = image->pending = EDGE_NO_SLOT;
    }
    return slots;
}

void store_free(struct edge_slots *slots) { free(slots); }

void store_reboot(struct edge_slots *slots) {
    for (int i = 0; i < EDGE_IMAGES; i++) {
        struct fake_image *image = &slots->image[i];
        image->active = image->pending != EDGE_NO_SLOT ? image->pending : image->confirmed;
        if (image->pending != EDGE_NO_SLOT && image->permanent) image->confirmed = image->active;
        image->pending = EDGE_NO_SLOT;
        image->expected = image->offset = 0;
    }
}

const uint8_t *store_bytes(struct edge_slots *slots, uint32_t image, uint32_t slot) {
    return slots->image[image].slot[slot];
}

void store_refuse(struct edge_slots *slots, enum edge_reason reason) { slots->refuse = reason; }

uint32_t store_begun(struct edge_slots *slots, uint32_t image) {
    return slots->image[image].begun;
}

static uint32_t number(const uint8_t *at, uint32_t bytes) {
    uint32_t value = 0;
    while (bytes > 0) value = value << 8 | at[--bytes];
    return value;
}

/* The hash TLV of an image, or NULL where the image is not one. */
static const uint8_t *hash_of(const uint8_t *slot) {
    if (slot[0] != MAGIC) return NULL;
    uint32_t at = number(slot + 8, 2) + number(slot + 10, 2) + number(slot + 12, 4);
    if (at + 4 > FAKE_SLOT || number(slot + at, 2) != TLV_MAGIC) return NULL;
    uint32_t end = at + number(slot + at + 2, 2);
    for (at += 4; end <= FAKE_SLOT && at + 4 <= end; at += 4 + number(slot + at + 2, 2)) {
        if (number(slot + at, 2) == TLV_HASH) return slot + at + 4;
    }
    return NULL;
}

static enum edge_reason refusal(struct edge_slots *slots) {
    enum edge_reason reason = slots->refuse;
    slots->refuse = EDGE_OK;
    return reason;
}

enum edge_reason edge_slots_state(struct edge_slots *slots, uint8_t image, uint8_t slot,
                                  struct edge_slot_state *state) {
    const struct fake_image *from = &slots->image[image];
    const uint8_t *data = from->slot[slot];
    memset(state, 0, sizeof *state);
    state->valid = from->valid[slot];
    if (!state->valid) return EDGE_OK;
    state->active = from->active == slot;
    state->confirmed = from->confirmed == slot;
    state->pending = from->pending == slot;
    state->permanent = state->pending && from->permanent;
    state->version = (struct edge_version){data[20], data[21], (uint16_t)number(data + 22, 2),
                                           number(data + 24, 4)};
    memcpy(state->hash, hash_of(data), EDGE_HASH);
    return EDGE_OK;
}

uint8_t edge_slots_target(struct edge_slots *slots, uint8_t image) {
    const struct fake_image *to = &slots->image[image];
    return to->confirmed == 0 || to->active == 0;
}

enum edge_reason edge_slots_begin(struct edge_slots *slots, uint8_t image, uint32_t bytes,
                                  const struct edge_announcement *announcement) {
    struct fake_image *to = &slots->image[image];
    (void)announcement;
    if (slots->refuse != EDGE_OK) return refusal(slots);
    if (bytes > FAKE_SLOT) return EDGE_TOO_LARGE;
    uint8_t slot = edge_slots_target(slots, image);
    if (to->active == slot || to->confirmed == slot) return EDGE_BUSY;
    to->valid[slot] = false;
    memset(to->slot[slot], 0xFF, FAKE_SLOT);
    to->expected = bytes;
    to->offset = 0;
    to->begun++;
    return EDGE_OK;
}

void edge_slots_relabel(struct edge_slots *slots, uint8_t image, uint8_t slot,
                        const uint8_t label[EDGE_HASH]) {
    (void)slots, (void)image, (void)slot, (void)label;
}

enum edge_reason edge_slots_write(struct edge_slots *slots, uint8_t image, uint32_t offset,
                                  const uint8_t *data, uint32_t bytes) {
    struct fake_image *to = &slots->image[image];
    if (slots->refuse != EDGE_OK) return refusal(slots);
    if (offset != to->offset) return EDGE_BAD_OFFSET;
    if (bytes > to->expected - to->offset) return EDGE_TOO_LARGE;
    memcpy(to->slot[edge_slots_target(slots, image)] + offset, data, bytes);
    to->offset += bytes;
    return EDGE_OK;
}

enum edge_reason edge_slots_finish(struct edge_slots *slots, uint8_t image) {
    struct fake_image *to = &slots->image[image];
    uint8_t slot = edge_slots_target(slots, image);
    if (slots->refuse != EDGE_OK) return refusal(slots);
    if (hash_of(to->slot[slot]) == NULL) return EDGE_BAD_FORMAT;
    to->valid[slot] = true;
    return EDGE_OK;
}

uint32_t edge_slots_offset(const struct edge_slots *slots, uint8_t image) {
    return slots->image[image].offset;
}

enum edge_reason edge_slots_test(struct edge_slots *slots, uint8_t image,
                                 const uint8_t hash[EDGE_HASH], bool permanent) {
    struct fake_image *of = &slots->image[image];
    if (slots->refuse != EDGE_OK) return refusal(slots);
    for (uint8_t slot = 0; slot < EDGE_SLOTS; slot++) {
        if (!of->valid[slot] || of->active == slot) continue;
        if (memcmp(hash_of(of->slot[slot]), hash, EDGE_HASH) != 0) continue;
        of->pending = slot;
        of->permanent = permanent;
        return EDGE_OK;
    }
    return EDGE_NO_IMAGE;
}

enum edge_reason edge_slots_confirm(struct edge_slots *slots, uint8_t image) {
    struct fake_image *of = &slots->image[image];
    if (slots->refuse != EDGE_OK) return refusal(slots);
    if (of->active == EDGE_NO_SLOT) return EDGE_NO_IMAGE;
    of->confirmed = of->active;
    return EDGE_OK;
}

enum edge_reason edge_slots_erase(struct edge_slots *slots, uint8_t image, uint8_t slot) {
    struct fake_image *of = &slots->image[image];
    if (slots->refuse != EDGE_OK) return refusal(slots);
    if (of->active == slot || of->confirmed == slot) return EDGE_BUSY;
    of->valid[slot] = false;
    if (of->pending == slot) of->pending = EDGE_NO_SLOT;
    of->offset = 0;
    memset(of->slot[slot], 0xFF, FAKE_SLOT);
    return EDGE_OK;
}

enum edge_reason edge_slots_change_key(struct edge_slots *slots, bool trust,
                                       const uint8_t key[EDGE_KEY], const uint8_t device_id[16],
                                       const uint8_t signature[EDGE_SIGNATURE]) {
    (void)trust, (void)key, (void)device_id, (void)signature;
    return refusal(slots);
}
