/* The boot record: all that a device must remember over a cut of power, besides its images.
 *
 * Two pages of flash; entries are appended, each with a sequence number and a CRC-32, and the valid
 * one with the highest number counts. A page is erased only when the newest entry is in the other,
 * so that a write that is torn in any way leaves the entry before it in force.
 */
#ifndef EDGESDK_SECURE_RECORD_H
#define EDGESDK_SECURE_RECORD_H

#include "slots.h"

struct edge_record_image {
    uint8_t confirmed; /* slot, or EDGE_NO_SLOT */
    uint8_t pending;   /* slot to be tried, or EDGE_NO_SLOT */
    uint8_t permanent; /* 1: confirm it without a trial */
    uint8_t tried;     /* 1: its one trial has begun */
    uint8_t proven;    /* bit per slot: it has been confirmed since it was written */
    uint8_t unused[3];
    uint32_t lowest_counter;
    uint8_t label[EDGE_SLOTS][EDGE_HASH];
};

/* As it lies in flash, little-endian, without padding. */
struct edge_record {
    uint32_t magic;
    uint32_t sequence;
    struct edge_record_image image[EDGE_IMAGES];
    uint8_t key_count;
    uint8_t unused;
    uint16_t key_changes; /* so far: a change is signed together with this number */
    uint8_t keys[EDGE_KEYS][EDGE_KEY];
    uint32_t crc;
};

/* The newest entry, and where it lies; an empty record where there is none. */
struct edge_record_store {
    const struct edge_flash *flash;
    uint32_t page[2];
    uint32_t at;    /* the newest entry's offset in the flash */
    uint32_t sequence; /* the highest that was ever used, in a write that failed, too */
    bool found;
    bool unreadable; /* the flash failed: what it holds is unknown, and nothing may be written */
    struct edge_record record;
};

void edge_record_open(struct edge_record_store *store, const struct edge_flash *flash,
                      const uint32_t page[2]);
/* Makes `next` the newest entry; store->record is unchanged where that fails. */
bool edge_record_write(struct edge_record_store *store, const struct edge_record *next);

#endif
