/* Filling a slot: the part of slots.h that writes images. */
#include <string.h>

#include "slots_state.h"

enum { WORD = 4, READ_BACK = 64 };

uint8_t edge_slots_target(struct edge_slots *slots, uint8_t image) {
    const uint8_t confirmed = slots->store.record.image[image].confirmed;
    uint8_t keep = image == EDGE_FIRMWARE ? slots->active[image] : edge_slots_kept(slots, image);
    if (keep >= EDGE_SLOTS) keep = confirmed;
    const uint8_t target = keep == 0 ? 1 : 0;
    /* A firmware on trial leaves no slot free: the other one is what the device comes back to. */
    return image == EDGE_FIRMWARE && target == confirmed ? (uint8_t)EDGE_NO_SLOT : target;
}

static enum edge_reason acceptable(const struct edge_slots *slots, uint8_t image,
                                   const struct edge_announcement *said) {
    const struct edge_record *record = &slots->store.record;
    if (said->security_counter < record->image[image].lowest_counter) return EDGE_DOWNGRADE;
    return edge_image_signed(said->hash, said->key_hash, said->signature, record->keys,
                             record->key_count);
}

/* What was in the slot counts for nothing from now on; the record must not say otherwise. */
static bool forget(struct edge_slots *slots, uint8_t image, uint8_t slot) {
    struct edge_record next = slots->store.record;
    struct edge_record_image *of = &next.image[image];
    slots->looked[image][slot] = false;
    memset(slots->label[image][slot], 0, EDGE_HASH);
    const bool is_proven = ((uint32_t)of->proven >> slot & 1u) != 0;
    if (!is_proven && of->pending != slot && of->confirmed != slot) return true;
    /* Only a model that cannot be used is given up so: the device runs the other one already. */
    if (of->confirmed == slot) of->confirmed = slot == 0 ? 1 : 0;
    of->proven = (uint8_t)(of->proven & ~(1u << slot));
    memset(of->label[slot], 0, EDGE_HASH);
    if (of->pending == slot) {
        of->pending = EDGE_NO_SLOT;
        of->permanent = of->tried = 0;
    }
    return edge_slots_write_record(slots, &next);
}

enum edge_reason edge_slots_begin(struct edge_slots *slots, uint8_t image, uint32_t bytes,
                                  const struct edge_announcement *announcement) {
    if (image >= EDGE_IMAGES) return EDGE_NO_IMAGE;
    struct edge_upload *upload = &slots->upload[image];
    const uint8_t slot = edge_slots_target(slots, image);
    if (slot == EDGE_NO_SLOT || (image == EDGE_MODEL && slots->active[image] == slot)) {
        return EDGE_BUSY;
    }
    if (bytes == 0 || bytes > slots->layout->slot_size[image]) return EDGE_TOO_LARGE;
    if (announcement != NULL) {
        if (announcement->bytes != bytes) return EDGE_BAD_REQUEST;
        const enum edge_reason reason = acceptable(slots, image, announcement);
        if (reason != EDGE_OK) return reason;
    }
    if (!forget(slots, image, slot)) return EDGE_FLASH_FAULT;
    memset(upload, 0, sizeof *upload);
    upload->begun = true;
    upload->slot = slot;
    upload->bytes = bytes;
    if (announcement != NULL) {
        upload->announced = true;
        upload->announcement = *announcement;
        memcpy(slots->label[image][slot], announcement->label, EDGE_HASH);
    }
    return EDGE_OK;
}

void edge_slots_relabel(struct edge_slots *slots, uint8_t image, uint8_t slot,
                        const uint8_t label[EDGE_HASH]) {
    if (image >= EDGE_IMAGES || slot >= EDGE_SLOTS) return;
    memcpy(slots->label[image][slot], label, EDGE_HASH);
}

/* Whether flash holds these bytes. */
static bool reads_back(const struct edge_flash *flash, uint32_t at, const uint8_t *data,
                       uint32_t bytes) {
    uint8_t block[READ_BACK];
    while (bytes != 0) {
        const uint32_t now = bytes < READ_BACK ? bytes : READ_BACK;
        if (!flash->read(flash->context, at, block, now)) return false;
        if (memcmp(block, data, now) != 0) return false;
        at += now;
        data += now;
        bytes -= now;
    }
    return true;
}

/* Programs whole words inside one page, erased first where it begins there. */
static bool put(const struct edge_flash *flash, uint32_t at, const uint8_t *data, uint32_t bytes) {
    while (bytes != 0) {
        const uint32_t in_page = at % flash->page_size;
        const uint32_t rest = flash->page_size - in_page;
        const uint32_t now = bytes < rest ? bytes : rest;
        if (in_page == 0 && !flash->erase(flash->context, at)) return false;
        if (!flash->program(flash->context, at, data, now)) return false;
        if (!reads_back(flash, at, data, now)) return false;
        at += now;
        data += now;
        bytes -= now;
    }
    return true;
}

enum edge_reason edge_slots_write(struct edge_slots *slots, uint8_t image, uint32_t offset,
                                  const uint8_t *data, uint32_t bytes) {
    if (image >= EDGE_IMAGES) return EDGE_NO_IMAGE;
    struct edge_upload *upload = &slots->upload[image];
    if (!upload->begun || offset != upload->offset) return EDGE_BAD_OFFSET;
    if (bytes > upload->bytes - upload->offset) return EDGE_TOO_LARGE;
    if (slots->active[image] == upload->slot) return EDGE_BUSY;
    slots->looked[image][upload->slot] = false;
    const uint32_t start = slots->layout->slot[image][upload->slot];
    while (bytes != 0) {
        const uint32_t held = upload->offset % WORD;
        if (held == 0 && bytes >= WORD) {
            const uint32_t whole = bytes & ~(uint32_t)(WORD - 1);
            if (!put(slots->flash, start + upload->offset, data, whole)) return EDGE_FLASH_FAULT;
            upload->offset += whole;
            data += whole;
            bytes -= whole;
            continue;
        }
        upload->tail[held] = *data++;
        bytes--;
        if (held == WORD - 1 && !put(slots->flash, start + upload->offset - held, upload->tail, WORD)) {
            return EDGE_FLASH_FAULT;
        }
        upload->offset++;
    }
    return EDGE_OK;
}

/* The last bytes, filled up to a word with what erased flash holds. */
static bool flush(struct edge_slots *slots, uint8_t image) {
    struct edge_upload *upload = &slots->upload[image];
    const uint32_t held = upload->offset % WORD;
    if (held == 0) return true;
    memset(upload->tail + held, 0xFF, WORD - held);
    const uint32_t start = slots->layout->slot[image][upload->slot];
    return put(slots->flash, start + upload->offset - held, upload->tail, WORD);
}

enum edge_reason edge_slots_finish(struct edge_slots *slots, uint8_t image) {
    if (image >= EDGE_IMAGES) return EDGE_NO_IMAGE;
    struct edge_upload *upload = &slots->upload[image];
    if (!upload->begun || upload->offset != upload->bytes) return EDGE_BAD_OFFSET;
    upload->begun = false;
    if (!flush(slots, image)) return EDGE_FLASH_FAULT;
    const uint8_t slot = upload->slot;
    enum edge_reason reason = edge_slots_verify(slots, image, slot);
    const struct edge_image *found = &slots->image[image][slot];
    if (reason == EDGE_OK && found->bytes != upload->bytes) reason = EDGE_BAD_FORMAT;
    if (reason == EDGE_OK && upload->announced &&
        memcmp(found->hash, upload->announcement.hash, EDGE_HASH) != 0) {
        reason = EDGE_BAD_HASH;
    }
    if (reason == EDGE_OK && found->security_counter < edge_slots_lowest_counter(slots, image)) {
        reason = EDGE_DOWNGRADE;
    }
    slots->verdict[image][slot] = reason;
    if (reason != EDGE_OK) memset(slots->label[image][slot], 0, EDGE_HASH);
    return reason;
}

uint32_t edge_slots_offset(const struct edge_slots *slots, uint8_t image) {
    return image < EDGE_IMAGES && slots->upload[image].begun ? slots->upload[image].offset : 0;
}

enum edge_reason edge_slots_erase(struct edge_slots *slots, uint8_t image, uint8_t slot) {
    if (image >= EDGE_IMAGES || slot >= EDGE_SLOTS) return EDGE_NO_IMAGE;
    if (slot == slots->active[image] || slot == slots->store.record.image[image].confirmed) {
        return EDGE_BUSY;
    }
    if (!forget(slots, image, slot)) return EDGE_FLASH_FAULT;
    slots->upload[image].begun = false;
    const uint32_t start = slots->layout->slot[image][slot];
    for (uint32_t at = 0; at < slots->layout->slot_size[image]; at += slots->flash->page_size) {
        if (!slots->flash->erase(slots->flash->context, start + at)) return EDGE_FLASH_FAULT;
    }
    return EDGE_OK;
}
