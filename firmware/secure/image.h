/* MCUboot's image format, read from a slot: header, payload, protected TLVs, TLVs.
 *
 * Nothing in an image is trusted before edge_image_verify: sizes are checked against the slot, and
 * of the TLVs only lengths that are known. Format: MCUboot, docs/design.md, "Image Format".
 */
#ifndef EDGESDK_SECURE_IMAGE_H
#define EDGESDK_SECURE_IMAGE_H

#include "slots.h"

enum { EDGE_NAME = 48 };

struct edge_image {
    uint32_t load_address;
    uint32_t flags;
    uint32_t header_bytes;
    uint32_t payload_bytes;
    uint32_t hashed_bytes; /* header, payload and protected TLVs */
    uint32_t bytes;        /* all of it */
    uint32_t security_counter;
    struct edge_version version;
    char made_for[EDGE_NAME + 1]; /* board or target */
    bool has_counter, has_hash, has_key, has_signature, has_made_for;
    uint8_t hash[EDGE_HASH];
    uint8_t key_hash[EDGE_HASH];
    uint8_t signature[EDGE_SIGNATURE];
};

enum { EDGE_IMAGE_NON_BOOTABLE = 0x10, EDGE_IMAGE_RAM_LOAD = 0x20 };

/* Reads what an image says of itself. EDGE_BAD_FORMAT, EDGE_FLASH_FAULT. */
enum edge_reason edge_image_read(const struct edge_flash *flash, uint32_t offset,
                                 uint32_t slot_bytes, struct edge_image *image);

/* Whether its bytes are those of its hash, and a trusted key signed that. */
enum edge_reason edge_image_verify(const struct edge_flash *flash, uint32_t offset,
                                   const struct edge_image *image,
                                   const uint8_t keys[EDGE_KEYS][EDGE_KEY], uint8_t key_count);

/* Whether a key of these made the signature over a hash; found by its hash. */
enum edge_reason edge_image_signed(const uint8_t hash[EDGE_HASH], const uint8_t key_hash[EDGE_HASH],
                                   const uint8_t signature[EDGE_SIGNATURE],
                                   const uint8_t keys[EDGE_KEYS][EDGE_KEY], uint8_t key_count);

#endif
