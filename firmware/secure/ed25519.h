/* Ed25519 verification (RFC 8032). The device never signs. */
#ifndef EDGESDK_SECURE_ED25519_H
#define EDGESDK_SECURE_ED25519_H

#include <stdbool.h>
#include <stdint.h>

/* Whether the holder of the key signed the message. */
bool edge_ed25519_verify(const uint8_t key[32], const uint8_t signature[64], const uint8_t *message,
                         uint32_t bytes);

#endif
