/* SMP group 1: what is in the slots, uploads, tests and confirmations, over firmware/secure.
 *
 * An upload has a name: the `sha` of its first request, or the hash that was announced. The same
 * upload begun again goes on where it was, whoever sends it.
 */
#ifndef EDGESDK_SMP_IMAGE_GROUP_H
#define EDGESDK_SMP_IMAGE_GROUP_H

#include "../../secure/slots.h"
#include "server.h"

enum { EDGE_SMP_IMAGE = 1 };

enum edge_upload_stage {
    EDGE_UPLOAD_NONE,
    EDGE_UPLOAD_ANNOUNCED, /* begun by group 64; any first chunk of that length belongs to it */
    EDGE_UPLOAD_OPEN,
    EDGE_UPLOAD_DONE, /* and verified */
};

struct edge_image_upload {
    enum edge_upload_stage stage;
    uint8_t image;
    uint8_t slot;
    bool named;     /* `name` is set: the `sha` of the first chunk */
    bool announced; /* `hash` is set */
    uint32_t bytes; /* of the whole image */
    uint8_t name[EDGE_HASH];
    uint8_t hash[EDGE_HASH];
};

/* Set `slots` and `images`, the rest to zero. */
struct edge_image_group {
    struct edge_slots *slots;
    uint8_t images;           /* how many are served, from image 0 on */
    enum edge_reason refused; /* the last refusal, for its word */
    struct edge_image_upload upload;
};

/* Its context is a struct edge_image_group. */
edge_smp_handler edge_image_group;
/* The word for the last refusal. */
const char *edge_image_group_reason(const void *context);

/* Begins an announced upload, or finds it under way or done already: then nothing is begun again,
 * and the answer to the first chunk tells how far it is. For group 64. */
enum edge_reason edge_image_group_announce(struct edge_image_group *group, uint8_t image,
                                           const struct edge_announcement *announcement);

#endif
