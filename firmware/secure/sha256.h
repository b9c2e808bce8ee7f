/* SHA-256 (FIPS 180-4), in pieces. */
#ifndef EDGESDK_SECURE_SHA256_H
#define EDGESDK_SECURE_SHA256_H

#include <stdint.h>

struct edge_sha256 {
    uint32_t state[8];
    uint64_t bytes; /* taken so far */
    uint8_t block[64];
};

void edge_sha256_start(struct edge_sha256 *hash);
void edge_sha256_add(struct edge_sha256 *hash, const void *data, uint32_t bytes);
void edge_sha256_finish(struct edge_sha256 *hash, uint8_t digest[32]);

#endif
