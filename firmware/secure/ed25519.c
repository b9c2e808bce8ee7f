#include "ed25519.h"

#include "monocypher.h"
#include "sha512.h"

bool edge_ed25519_verify(const uint8_t key[32], const uint8_t signature[64], const uint8_t *message,
                         uint32_t bytes) {
    struct edge_sha512 hash;
    uint8_t digest[64], reduced[32];
    edge_sha512_start(&hash);
    edge_sha512_add(&hash, signature, 32);
    edge_sha512_add(&hash, key, 32);
    edge_sha512_add(&hash, message, bytes);
    edge_sha512_finish(&hash, digest);
    crypto_eddsa_reduce(reduced, digest);
    return crypto_eddsa_check_equation(signature, key, reduced) == 0;
}
