/* SHA-512 (FIPS 180-4), in pieces. Ed25519 needs it. */
#ifndef EDGESDK_SECURE_SHA512_H
#define EDGESDK_SECURE_SHA512_H

#include <stdint.h>

struct edge_sha512 {
    uint64_t state[8];
    uint64_t bytes; /* taken so far */
    uint8_t block[128];
};

void edge_sha512_start(struct edge_sha512 *hash);
void edge_sha512_add(struct edge_sha512 *hash, const void *data, uint32_t bytes);
void edge_sha512_finish(struct edge_sha512 *hash, uint8_t digest[64]);

#endif
