/* What struct edge_slots holds; its owner needs the size, and nobody else looks inside. */
#ifndef EDGESDK_SECURE_SLOTS_STATE_H
#define EDGESDK_SECURE_SLOTS_STATE_H

#include "image.h"
#include "record.h"

/* An upload under way. `tail` holds the bytes that do not fill a word yet. */
struct edge_upload {
    bool begun, announced;
    uint8_t slot;
    uint32_t bytes;  /* of the whole image */
    uint32_t offset; /* taken so far */
    uint8_t tail[4];
    struct edge_announcement announcement;
};

struct edge_slots {
    const struct edge_flash *flash;
    const struct edge_layout *layout;
    struct edge_record_store store;
    uint8_t active[EDGE_IMAGES];
    /* Whether a slot was looked at since it was last written, and what came of it. */
    bool looked[EDGE_IMAGES][EDGE_SLOTS];
    enum edge_reason verdict[EDGE_IMAGES][EDGE_SLOTS];
    struct edge_image image[EDGE_IMAGES][EDGE_SLOTS];
    uint8_t label[EDGE_IMAGES][EDGE_SLOTS][EDGE_HASH];
    struct edge_upload upload[EDGE_IMAGES];
};

/* Verifies what is in a slot, once: whole, signed by a trusted key, made for this device. What an
 * upload is writing is not looked at: EDGE_BUSY. */
enum edge_reason edge_slots_verify(struct edge_slots *slots, uint8_t image, uint8_t slot);
bool edge_slots_write_record(struct edge_slots *slots, const struct edge_record *next);

#endif
