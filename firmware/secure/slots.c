#include "slots_state.h"

#include <string.h>

static const struct edge_record_image *recorded(const struct edge_slots *slots, uint8_t image) {
    return &slots->store.record.image[image];
}

static uint8_t other_than(uint8_t slot) { return slot == 0 ? 1 : 0; }

static bool is_slot(uint8_t slot) { return slot < EDGE_SLOTS; }

static bool is_proven(const struct edge_record_image *of, uint8_t slot) {
    return ((uint32_t)of->proven >> slot & 1u) != 0;
}

bool edge_slots_write_record(struct edge_slots *slots, const struct edge_record *next) {
    return edge_record_write(&slots->store, next);
}

static enum edge_reason commit(struct edge_slots *slots, const struct edge_record *next) {
    return edge_slots_write_record(slots, next) ? EDGE_OK : EDGE_FLASH_FAULT;
}

enum edge_reason edge_slots_open(struct edge_slots *slots, const struct edge_flash *flash,
                                 const struct edge_layout *layout, uint8_t running) {
    memset(slots, 0, sizeof *slots);
    slots->flash = flash;
    slots->layout = layout;
    slots->active[EDGE_FIRMWARE] = running;
    slots->active[EDGE_MODEL] = EDGE_NO_SLOT;
    edge_record_open(&slots->store, flash, layout->record);
    for (uint8_t image = 0; image < EDGE_IMAGES; image++) {
        memcpy(slots->label[image], recorded(slots, image)->label, sizeof slots->label[image]);
    }
    return slots->store.unreadable ? EDGE_FLASH_FAULT : EDGE_OK;
}

uint32_t edge_slots_lowest_counter(const struct edge_slots *slots, uint8_t image) {
    return recorded(slots, image)->lowest_counter;
}

/* Made for this device, and with a counter that is high enough. */
static enum edge_reason belongs(const struct edge_slots *slots, uint8_t image,
                                const struct edge_image *found) {
    const struct edge_layout *layout = slots->layout;
    if (image == EDGE_FIRMWARE) {
        if (strcmp(found->made_for, layout->board) != 0) return EDGE_WRONG_DEVICE;
        if (found->flags != EDGE_IMAGE_RAM_LOAD) return EDGE_WRONG_DEVICE;
        if (found->load_address != layout->load_address) return EDGE_WRONG_DEVICE;
        if (found->bytes > layout->load_size) return EDGE_TOO_LARGE;
    } else if (strcmp(found->made_for, layout->target) != 0 ||
               found->flags != EDGE_IMAGE_NON_BOOTABLE) {
        return EDGE_WRONG_DEVICE;
    }
    return EDGE_OK;
}

static bool is_being_written(const struct edge_slots *slots, uint8_t image, uint8_t slot) {
    return slots->upload[image].begun && slots->upload[image].slot == slot;
}

enum edge_reason edge_slots_verify(struct edge_slots *slots, uint8_t image, uint8_t slot) {
    if (is_being_written(slots, image, slot)) return EDGE_BUSY;
    if (slots->looked[image][slot]) return slots->verdict[image][slot];
    const uint32_t offset = slots->layout->slot[image][slot];
    struct edge_image *found = &slots->image[image][slot];
    const struct edge_record *record = &slots->store.record;
    enum edge_reason reason =
        edge_image_read(slots->flash, offset, slots->layout->slot_size[image], found);
    if (reason == EDGE_OK) reason = belongs(slots, image, found);
    if (reason == EDGE_OK) {
        reason = edge_image_verify(slots->flash, offset, found, record->keys, record->key_count);
    }
    slots->verdict[image][slot] = reason;
    slots->looked[image][slot] = reason != EDGE_FLASH_FAULT; /* it may read better next time */
    return reason;
}

enum edge_reason edge_slots_usable(struct edge_slots *slots, uint8_t image, uint8_t slot) {
    if (!is_slot(slot)) return EDGE_NO_IMAGE;
    const enum edge_reason reason = edge_slots_verify(slots, image, slot);
    if (reason != EDGE_OK) return reason;
    const uint32_t counter = slots->image[image][slot].security_counter;
    return counter < edge_slots_lowest_counter(slots, image) ? EDGE_DOWNGRADE : EDGE_OK;
}

/* Notes in a record that a slot's image is what the device comes back to. */
static void make_confirmed(struct edge_slots *slots, struct edge_record *next, uint8_t image,
                           uint8_t slot) {
    struct edge_record_image *of = &next->image[image];
    const uint32_t counter = slots->image[image][slot].security_counter;
    of->confirmed = slot;
    of->pending = EDGE_NO_SLOT;
    of->permanent = of->tried = 0;
    of->proven = (uint8_t)(of->proven | 1u << slot);
    if (counter > of->lowest_counter) of->lowest_counter = counter;
    memcpy(of->label[slot], slots->label[image][slot], EDGE_HASH);
}

static void drop_pending(struct edge_record_image *of) {
    of->pending = EDGE_NO_SLOT;
    of->permanent = of->tried = 0;
}

uint8_t edge_slots_kept(struct edge_slots *slots, uint8_t image) {
    const struct edge_record_image *of = recorded(slots, image);
    if (edge_slots_usable(slots, image, of->confirmed) == EDGE_OK) return of->confirmed;
    for (uint8_t slot = 0; slot < EDGE_SLOTS; slot++) {
        if (is_proven(of, slot) && edge_slots_usable(slots, image, slot) == EDGE_OK) return slot;
    }
    return EDGE_NO_SLOT;
}

/* What to run after a reset: a pending image for its one trial, else what is kept. */
static uint8_t choose(struct edge_slots *slots, uint8_t image) {
    struct edge_record next = slots->store.record;
    struct edge_record_image *of = &next.image[image];
    if (is_slot(of->pending)) {
        const uint8_t slot = of->pending;
        const bool fit = of->tried == 0 && edge_slots_usable(slots, image, slot) == EDGE_OK;
        if (fit && of->permanent != 0) {
            make_confirmed(slots, &next, image, slot);
        } else if (fit) {
            of->tried = 1;
        } else {
            drop_pending(of);
        }
        /* A trial that could not be noted must not begin: it would begin again and again. */
        if (edge_slots_write_record(slots, &next) && fit) return slot;
    }
    return edge_slots_kept(slots, image);
}

uint8_t edge_slots_choose_firmware(struct edge_slots *slots) { return choose(slots, EDGE_FIRMWARE); }

uint8_t edge_slots_choose_model(struct edge_slots *slots) {
    slots->active[EDGE_MODEL] = choose(slots, EDGE_MODEL);
    return slots->active[EDGE_MODEL];
}

enum edge_reason edge_slots_state(struct edge_slots *slots, uint8_t image, uint8_t slot,
                                  struct edge_slot_state *state) {
    memset(state, 0, sizeof *state);
    if (image >= EDGE_IMAGES || !is_slot(slot)) return EDGE_NO_IMAGE;
    state->valid = edge_slots_verify(slots, image, slot) == EDGE_OK;
    const struct edge_record_image *of = recorded(slots, image);
    state->active = slots->active[image] == slot;
    state->confirmed = of->confirmed == slot;
    state->pending = of->pending == slot && of->tried == 0;
    state->permanent = state->pending && of->permanent != 0;
    state->proven = is_proven(of, slot);
    if (!state->valid) return EDGE_OK;
    const struct edge_image *found = &slots->image[image][slot];
    state->bytes = found->bytes;
    state->security_counter = found->security_counter;
    state->version = found->version;
    memcpy(state->hash, found->hash, EDGE_HASH);
    memcpy(state->label, slots->label[image][slot], EDGE_HASH);
    return EDGE_OK;
}

enum edge_reason edge_slots_test(struct edge_slots *slots, uint8_t image,
                                 const uint8_t hash[EDGE_HASH], bool permanent) {
    if (image >= EDGE_IMAGES) return EDGE_NO_IMAGE;
    const uint8_t confirmed = recorded(slots, image)->confirmed;
    for (uint8_t i = 0; i < EDGE_SLOTS; i++) {
        /* Both slots may hold the same image: the one that is not confirmed comes first. */
        const uint8_t slot = i == 0 && is_slot(confirmed) ? other_than(confirmed) : i == 0 ? 0
                             : is_slot(confirmed)         ? confirmed
                                                          : 1;
        if (edge_slots_verify(slots, image, slot) != EDGE_OK) continue;
        if (memcmp(slots->image[image][slot].hash, hash, EDGE_HASH) != 0) continue;
        const enum edge_reason reason = edge_slots_usable(slots, image, slot);
        if (reason != EDGE_OK) return reason;
        struct edge_record next = slots->store.record;
        drop_pending(&next.image[image]);
        if (slot != confirmed) {
            next.image[image].pending = slot;
            next.image[image].permanent = permanent;
            /* Confirmed after the reset, it is still called what its host called it. */
            memcpy(next.image[image].label[slot], slots->label[image][slot], EDGE_HASH);
        }
        return commit(slots, &next);
    }
    return EDGE_NO_IMAGE;
}

enum edge_reason edge_slots_try_model(struct edge_slots *slots, uint8_t slot) {
    const enum edge_reason reason = edge_slots_usable(slots, EDGE_MODEL, slot);
    if (reason == EDGE_OK) slots->active[EDGE_MODEL] = slot;
    return reason;
}

enum edge_reason edge_slots_confirm(struct edge_slots *slots, uint8_t image) {
    if (image >= EDGE_IMAGES) return EDGE_NO_IMAGE;
    const uint8_t slot = slots->active[image];
    const enum edge_reason reason = edge_slots_usable(slots, image, slot);
    if (reason != EDGE_OK) return reason;
    const struct edge_record_image *of = recorded(slots, image);
    if (of->confirmed == slot && is_proven(of, slot) && of->pending == EDGE_NO_SLOT) return EDGE_OK;
    struct edge_record next = slots->store.record;
    make_confirmed(slots, &next, image, slot);
    return commit(slots, &next);
}

enum edge_reason edge_slots_rollback(struct edge_slots *slots, uint8_t image) {
    if (image >= EDGE_IMAGES || !is_slot(recorded(slots, image)->confirmed)) return EDGE_NO_IMAGE;
    const uint8_t slot = other_than(recorded(slots, image)->confirmed);
    if (!is_proven(recorded(slots, image), slot)) return EDGE_NO_IMAGE;
    const enum edge_reason reason = edge_slots_usable(slots, image, slot);
    if (reason != EDGE_OK) return reason;
    struct edge_record next = slots->store.record;
    make_confirmed(slots, &next, image, slot);
    const enum edge_reason written = commit(slots, &next);
    if (written == EDGE_OK && image == EDGE_MODEL) slots->active[image] = slot;
    return written;
}

enum edge_reason edge_slots_revert(struct edge_slots *slots, uint8_t image) {
    if (image >= EDGE_IMAGES) return EDGE_NO_IMAGE;
    slots->upload[image].begun = false;
    if (image == EDGE_MODEL) slots->active[image] = edge_slots_kept(slots, image);
    if (recorded(slots, image)->pending == EDGE_NO_SLOT) return EDGE_OK;
    struct edge_record next = slots->store.record;
    drop_pending(&next.image[image]);
    return commit(slots, &next);
}

uint32_t edge_slots_payload(struct edge_slots *slots, uint8_t image, uint8_t slot,
                            uint32_t *bytes) {
    *bytes = 0;
    if (image >= EDGE_IMAGES || !is_slot(slot)) return 0;
    if (edge_slots_verify(slots, image, slot) != EDGE_OK) return 0;
    *bytes = slots->image[image][slot].payload_bytes;
    return slots->layout->slot[image][slot] + slots->image[image][slot].header_bytes;
}
