#include "record.h"

#include <string.h>

static const uint32_t RECORD_MAGIC = 0x31474445u; /* "EDG1" */
enum { ENTRY = sizeof(struct edge_record) };
_Static_assert(sizeof(struct edge_record) == 296, "no padding, and a multiple of four");

static uint32_t crc32(const uint8_t *data, uint32_t bytes) {
    uint32_t crc = 0xFFFFFFFFu;
    while (bytes-- != 0) {
        crc ^= *data++;
        for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1u)));
    }
    return ~crc;
}

static uint32_t seal_of(const struct edge_record *record) {
    return crc32((const uint8_t *)record, ENTRY - sizeof record->crc);
}

static bool is_whole(const struct edge_record *record) {
    return record->magic == RECORD_MAGIC && record->crc == seal_of(record);
}

static bool blank(const struct edge_flash *flash, uint32_t at, uint32_t bytes) {
    uint8_t block[ENTRY];
    while (bytes != 0) {
        const uint32_t now = bytes < sizeof block ? bytes : (uint32_t)sizeof block;
        if (!flash->read(flash->context, at, block, now)) return false;
        for (uint32_t i = 0; i < now; i++) {
            if (block[i] != 0xFFu) return false;
        }
        at += now;
        bytes -= now;
    }
    return true;
}

static void empty(struct edge_record *record) {
    memset(record, 0, sizeof *record);
    record->magic = RECORD_MAGIC;
    for (int image = 0; image < EDGE_IMAGES; image++) {
        record->image[image].confirmed = EDGE_NO_SLOT;
        record->image[image].pending = EDGE_NO_SLOT;
    }
}

void edge_record_open(struct edge_record_store *store, const struct edge_flash *flash,
                      const uint32_t page[2]) {
    struct edge_record entry;
    store->flash = flash;
    store->found = store->unreadable = false;
    store->page[0] = page[0];
    store->page[1] = page[1];
    empty(&store->record);
    for (int p = 0; p < 2; p++) {
        for (uint32_t at = 0; at + ENTRY <= flash->page_size; at += ENTRY) {
            if (!flash->read(flash->context, page[p] + at, &entry, ENTRY)) store->unreadable = true;
            if (store->unreadable || !is_whole(&entry)) continue;
            if (store->found && entry.sequence <= store->record.sequence) continue;
            store->found = true;
            store->at = page[p] + at;
            store->record = entry;
        }
    }
    store->sequence = store->record.sequence;
}

/* Where the next entry goes: behind the newest one, or at the start of the other page, erased. */
static bool make_room(struct edge_record_store *store, uint32_t *at) {
    const struct edge_flash *flash = store->flash;
    uint32_t here = store->page[1];
    if (store->found) {
        here = store->at >= store->page[0] && store->at - store->page[0] < flash->page_size
                   ? store->page[0]
                   : store->page[1];
        for (uint32_t next = store->at + ENTRY; next - here + ENTRY <= flash->page_size; next += ENTRY) {
            if (blank(flash, next, ENTRY)) {
                *at = next;
                return true;
            }
        }
    }
    const uint32_t other = here == store->page[0] ? store->page[1] : store->page[0];
    *at = other;
    return flash->erase(flash->context, other);
}

bool edge_record_write(struct edge_record_store *store, const struct edge_record *next) {
    const struct edge_flash *flash = store->flash;
    struct edge_record entry = *next, read_back;
    entry.magic = RECORD_MAGIC;
    /* What failed may lie whole in flash all the same: its number is not used again. */
    entry.sequence = ++store->sequence;
    entry.crc = seal_of(&entry);
    uint32_t at;
    if (store->unreadable || !make_room(store, &at)) return false;
    if (!flash->program(flash->context, at, &entry, ENTRY)) return false;
    if (!flash->read(flash->context, at, &read_back, ENTRY)) return false;
    if (memcmp(&read_back, &entry, ENTRY) != 0) return false;
    store->record = entry;
    store->at = at;
    store->found = true;
    return true;
}
