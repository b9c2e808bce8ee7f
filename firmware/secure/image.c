#include "image.h"

#include <string.h>

#include "ed25519.h"
#include "sha256.h"

enum { MAGIC = 0, LOAD = 4, HEADER = 8, PROTECTED = 10, PAYLOAD = 12, FLAGS = 16, VERSION = 20 };
enum { HEADER_LEAST = 32, INFO = 4, MOST_TLVS = 32, BLOCK = 256 };
enum { TLV_KEY = 0x01, TLV_SHA256 = 0x10, TLV_ED25519 = 0x24, TLV_COUNTER = 0x50, TLV_MADE_FOR = 0xA0 };
enum { PLAIN_TLVS = 0x6907, PROTECTED_TLVS = 0x6908 };
static const uint32_t IMAGE_MAGIC = 0x96f3b83du;

static uint16_t u16(const uint8_t *p) { return (uint16_t)(p[0] | p[1] << 8); }

static uint32_t u32(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static bool get(const struct edge_flash *flash, uint32_t at, void *out, uint32_t bytes) {
    return flash->read(flash->context, at, out, bytes);
}

/* What a TLV holds, once, and of the length that `fits`. */
static enum edge_reason take(const struct edge_flash *flash, uint32_t at, void *out, uint32_t bytes,
                             bool fits, bool *has) {
    if (!fits || *has) return EDGE_BAD_FORMAT;
    *has = true;
    return get(flash, at, out, bytes) ? EDGE_OK : EDGE_FLASH_FAULT;
}

/* One TLV of a known kind and the right length goes where it belongs; others are passed over. */
static enum edge_reason keep(const struct edge_flash *flash, struct edge_image *image, bool protected,
                             uint16_t type, uint32_t at, uint32_t bytes) {
    const bool is_hash = bytes == EDGE_HASH;
    if (protected && type == TLV_COUNTER) {
        uint8_t counter[4] = {0};
        const enum edge_reason reason =
            take(flash, at, counter, bytes, bytes == sizeof counter, &image->has_counter);
        image->security_counter = u32(counter);
        return reason;
    }
    if (protected && type == TLV_MADE_FOR) { /* a zero ends it, behind all of its bytes */
        const enum edge_reason reason =
            take(flash, at, image->made_for, bytes, bytes <= EDGE_NAME, &image->has_made_for);
        return reason == EDGE_OK && strlen(image->made_for) != bytes ? EDGE_BAD_FORMAT : reason;
    }
    if (!protected && type == TLV_SHA256) {
        return take(flash, at, image->hash, bytes, is_hash, &image->has_hash);
    }
    if (!protected && type == TLV_KEY) {
        return take(flash, at, image->key_hash, bytes, is_hash, &image->has_key);
    }
    if (!protected && type == TLV_ED25519) {
        return take(flash, at, image->signature, bytes, bytes == EDGE_SIGNATURE,
                    &image->has_signature);
    }
    return EDGE_OK;
}

/* The TLVs between `at` and `end`, behind their info; they must fill it exactly. */
static enum edge_reason read_tlvs(const struct edge_flash *flash, struct edge_image *image,
                                  bool protected, uint32_t at, uint32_t end) {
    uint8_t head[INFO];
    for (uint32_t count = 0; at != end; count++) {
        if (count == MOST_TLVS || end - at < INFO) return EDGE_BAD_FORMAT;
        if (!get(flash, at, head, INFO)) return EDGE_FLASH_FAULT;
        const uint32_t bytes = u16(head + 2);
        at += INFO;
        if (bytes > end - at) return EDGE_BAD_FORMAT;
        const enum edge_reason reason = keep(flash, image, protected, u16(head), at, bytes);
        if (reason != EDGE_OK) return reason;
        at += bytes;
    }
    return EDGE_OK;
}

enum edge_reason edge_image_read(const struct edge_flash *flash, uint32_t offset,
                                 uint32_t slot_bytes, struct edge_image *image) {
    uint8_t h[HEADER_LEAST], info[INFO];
    memset(image, 0, sizeof *image);
    if (!get(flash, offset, h, sizeof h)) return EDGE_FLASH_FAULT;
    if (u32(h + MAGIC) != IMAGE_MAGIC) return EDGE_BAD_FORMAT;
    image->load_address = u32(h + LOAD);
    image->header_bytes = u16(h + HEADER);
    image->payload_bytes = u32(h + PAYLOAD);
    image->flags = u32(h + FLAGS);
    image->version = (struct edge_version){h[VERSION], h[VERSION + 1], u16(h + VERSION + 2),
                                           u32(h + VERSION + 4)};
    const uint32_t protected = u16(h + PROTECTED);
    if (image->header_bytes < HEADER_LEAST || image->header_bytes > slot_bytes) return EDGE_BAD_FORMAT;
    if (image->payload_bytes > slot_bytes - image->header_bytes) return EDGE_BAD_FORMAT;
    const uint32_t behind = image->header_bytes + image->payload_bytes;
    if (protected < INFO || protected > slot_bytes - behind) return EDGE_BAD_FORMAT;
    image->hashed_bytes = behind + protected;
    if (!get(flash, offset + behind, info, INFO)) return EDGE_FLASH_FAULT;
    if (u16(info) != PROTECTED_TLVS || u16(info + 2) != protected) return EDGE_BAD_FORMAT;
    enum edge_reason reason = read_tlvs(flash, image, true, offset + behind + INFO,
                                        offset + image->hashed_bytes);
    if (reason != EDGE_OK) return reason;
    if (slot_bytes - image->hashed_bytes < INFO) return EDGE_BAD_FORMAT;
    if (!get(flash, offset + image->hashed_bytes, info, INFO)) return EDGE_FLASH_FAULT;
    const uint32_t plain = u16(info + 2);
    if (u16(info) != PLAIN_TLVS || plain < INFO) return EDGE_BAD_FORMAT;
    if (plain > slot_bytes - image->hashed_bytes) return EDGE_BAD_FORMAT;
    image->bytes = image->hashed_bytes + plain;
    reason = read_tlvs(flash, image, false, offset + image->hashed_bytes + INFO,
                       offset + image->bytes);
    if (reason != EDGE_OK) return reason;
    const bool whole = image->has_counter && image->has_made_for && image->has_hash &&
                       image->has_key && image->has_signature;
    return whole ? EDGE_OK : EDGE_BAD_FORMAT;
}

/* MCUboot names a key by the SHA-256 of its SubjectPublicKeyInfo (RFC 8410). */
static void name_key(const uint8_t key[EDGE_KEY], uint8_t out[EDGE_HASH]) {
    static const uint8_t prefix[12] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                       0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
    struct edge_sha256 hash;
    edge_sha256_start(&hash);
    edge_sha256_add(&hash, prefix, sizeof prefix);
    edge_sha256_add(&hash, key, EDGE_KEY);
    edge_sha256_finish(&hash, out);
}

enum edge_reason edge_image_signed(const uint8_t hash[EDGE_HASH], const uint8_t key_hash[EDGE_HASH],
                                   const uint8_t signature[EDGE_SIGNATURE],
                                   const uint8_t keys[EDGE_KEYS][EDGE_KEY], uint8_t key_count) {
    uint8_t name[EDGE_HASH];
    if (key_count == 0) return EDGE_NOT_PROVISIONED;
    for (uint8_t i = 0; i < key_count; i++) {
        name_key(keys[i], name);
        if (memcmp(name, key_hash, EDGE_HASH) != 0) continue;
        return edge_ed25519_verify(keys[i], signature, hash, EDGE_HASH) ? EDGE_OK
                                                                        : EDGE_BAD_SIGNATURE;
    }
    return EDGE_UNTRUSTED_KEY;
}

enum edge_reason edge_image_verify(const struct edge_flash *flash, uint32_t offset,
                                   const struct edge_image *image,
                                   const uint8_t keys[EDGE_KEYS][EDGE_KEY], uint8_t key_count) {
    struct edge_sha256 hash;
    uint8_t block[BLOCK], digest[EDGE_HASH];
    edge_sha256_start(&hash);
    for (uint32_t at = 0; at < image->hashed_bytes; at += BLOCK) {
        const uint32_t rest = image->hashed_bytes - at;
        const uint32_t now = rest < BLOCK ? rest : BLOCK;
        if (!get(flash, offset + at, block, now)) return EDGE_FLASH_FAULT;
        edge_sha256_add(&hash, block, now);
    }
    edge_sha256_finish(&hash, digest);
    if (memcmp(digest, image->hash, EDGE_HASH) != 0) return EDGE_BAD_HASH;
    return edge_image_signed(image->hash, image->key_hash, image->signature, keys, key_count);
}
