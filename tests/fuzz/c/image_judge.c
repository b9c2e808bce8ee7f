#include "image_judge.h"

#include <string.h>

#include "monocypher.h"
#include "secure/sha256.h"
#include "secure/sha512.h"

/* --- keys, and signing as RFC 8032 has it --- */

struct signer signers[SIGNERS];

void digest_of(const uint8_t *data, uint32_t bytes, uint8_t digest[32]) {
    struct edge_sha256 hash;
    edge_sha256_start(&hash);
    edge_sha256_add(&hash, data, bytes);
    edge_sha256_finish(&hash, digest);
}

static void reduced_hash(const uint8_t a[32], const uint8_t *b, const uint8_t c[32],
                         uint8_t reduced[32]) {
    struct edge_sha512 hash;
    uint8_t digest[64];
    edge_sha512_start(&hash);
    edge_sha512_add(&hash, a, 32);
    if (b != NULL) edge_sha512_add(&hash, b, 32);
    edge_sha512_add(&hash, c, 32);
    edge_sha512_finish(&hash, digest);
    crypto_eddsa_reduce(reduced, digest);
}

void make_signers(void) {
    static const char *const phrases[SIGNERS] = {"the device's owner", "its second owner",
                                                 "somebody else"};
    uint8_t info[12 + 32] = {0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0};
    for (int i = 0; i < SIGNERS; i++) {
        uint8_t seed[32], expanded[64];
        struct edge_sha512 hash;
        digest_of((const uint8_t *)phrases[i], (uint32_t)strlen(phrases[i]), seed);
        edge_sha512_start(&hash);
        edge_sha512_add(&hash, seed, sizeof seed);
        edge_sha512_finish(&hash, expanded);
        crypto_eddsa_trim_scalar(signers[i].scalar, expanded);
        memcpy(signers[i].prefix, expanded + 32, 32);
        crypto_eddsa_scalarbase(signers[i].key, signers[i].scalar);
        memcpy(info + 12, signers[i].key, 32);
        digest_of(info, sizeof info, signers[i].name);
    }
}

void sign(const struct signer *by, const uint8_t digest[32], uint8_t signature[64]) {
    uint8_t r[32], k[32];
    reduced_hash(by->prefix, NULL, digest, r);
    crypto_eddsa_scalarbase(signature, r);
    reduced_hash(signature, by->key, digest, k);
    crypto_eddsa_mul_add(signature + 32, k, by->scalar, r);
}

/* --- the second reader --- */

uint32_t number(const uint8_t *p, int bytes) {
    uint32_t n = 0;
    while (bytes-- > 0) n = n << 8 | p[bytes];
    return n;
}

/* An area of TLVs that begins at `start`; 0, or where it ends. */
static uint64_t read_area(struct reading *of, uint64_t start, uint32_t magic, bool protected) {
    static const struct { uint32_t type, least, most; bool protected; } known[KINDS] = {
        {0x50, 4, 4, true},    {0xA0, 0, 48, true},  {0x10, 32, 32, false},
        {0x01, 32, 32, false}, {0x24, 64, 64, false}};
    if (start + 4 > SLOT || number(of->slot + start, 2) != magic) return 0;
    const uint64_t end = start + number(of->slot + start + 2, 2);
    if (end < start + 4 || end > SLOT) return 0;
    int count = 0;
    for (uint64_t at = start + 4; at < end; count++) {
        if (at + 4 > end) return 0;
        const uint32_t type = number(of->slot + at, 2), length = number(of->slot + at + 2, 2);
        at += 4;
        if (at + length > end) return 0;
        for (int i = 0; i < KINDS; i++) {
            if (known[i].protected != protected || known[i].type != type) continue;
            if (of->tlv[i] != NULL || length < known[i].least || length > known[i].most) return 0;
            of->tlv[i] = of->slot + at;
            of->length[i] = length;
        }
        at += length;
    }
    return count <= MOST_TLVS ? end : 0;
}

bool read_image(struct reading *of, uint8_t *slot) {
    memset(of, 0, sizeof *of);
    of->slot = slot;
    of->header = number(slot + 8, 2);
    of->payload = number(slot + 12, 4);
    const uint64_t behind = (uint64_t)of->header + of->payload;
    if (number(slot, 4) != 0x96f3b83du || of->header < 32) return false;
    const uint64_t hashed = read_area(of, behind, 0x6908, true);
    if (hashed == 0 || hashed - behind != number(slot + 10, 2)) return false;
    const uint64_t bytes = read_area(of, hashed, 0x6907, false);
    of->hashed = (uint32_t)hashed;
    of->bytes = (uint32_t)bytes;
    for (int i = 0; i < KINDS; i++) {
        if (of->tlv[i] == NULL) return false;
    }
    return bytes != 0 && memchr(of->tlv[MADE_FOR], 0, of->length[MADE_FOR]) == NULL;
}

enum edge_reason judge(const struct reading *of, uint8_t key_count) {
    uint8_t digest[32], signature[64];
    digest_of(of->slot, of->hashed, digest);
    if (memcmp(digest, of->tlv[HASH], 32) != 0) return EDGE_BAD_HASH;
    for (int i = 0; i < key_count; i++) {
        if (memcmp(signers[i].name, of->tlv[KEY_NAME], 32) != 0) continue;
        sign(&signers[i], digest, signature);
        return memcmp(signature, of->tlv[SIGNED], 64) == 0 ? EDGE_OK : EDGE_BAD_SIGNATURE;
    }
    return key_count == 0 ? EDGE_NOT_PROVISIONED : EDGE_UNTRUSTED_KEY;
}
