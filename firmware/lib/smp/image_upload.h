/* SMP group 1, command 1: an image comes in chunks. Used by image_group.c. */
#ifndef EDGESDK_SMP_IMAGE_UPLOAD_H
#define EDGESDK_SMP_IMAGE_UPLOAD_H

#include "image_group.h"

/* One request. */
struct edge_chunk {
    uint32_t offset, image;
    uint32_t bytes; /* of the whole image; 0 where the request does not say */
    struct edge_cbor_span data;
    bool named;   /* `name` was given */
    bool upgrade; /* refuse what is not newer than the active image */
    uint8_t name[EDGE_HASH];
};

/* False where a field is missing or of the wrong kind. */
bool edge_chunk_read(const struct edge_image_upload *upload, struct edge_cbor_map body,
                     struct edge_chunk *chunk);

/* Takes a chunk, or leaves it where it does not continue what has come. */
enum edge_reason edge_chunk_take(struct edge_image_group *group, const struct edge_chunk *chunk);

/* The offset at which the host is to go on. */
uint32_t edge_upload_offset(const struct edge_image_group *group);

#endif
