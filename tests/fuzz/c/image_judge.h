/* A second reader of signed images, which shares only the hashes with the firmware's. */
#ifndef EDGESDK_FUZZ_IMAGE_JUDGE_H
#define EDGESDK_FUZZ_IMAGE_JUDGE_H

#include "secure/slots.h"

enum { SLOT = 2048, TRUSTED = 2, SIGNERS = 3, MOST_TLVS = 32 };
enum kind { COUNTER, MADE_FOR, HASH, KEY_NAME, SIGNED, KINDS };

struct signer { uint8_t scalar[32], prefix[32], key[32], name[32]; };
extern struct signer signers[SIGNERS]; /* the first ones are those that a device trusts */

void make_signers(void);
void sign(const struct signer *by, const uint8_t digest[32], uint8_t signature[64]);
void digest_of(const uint8_t *data, uint32_t bytes, uint8_t digest[32]);
uint32_t number(const uint8_t *p, int bytes);

/* Where the parts of an image are in a slot. */
struct reading { uint8_t *slot, *tlv[KINDS]; uint32_t length[KINDS], header, payload, hashed, bytes; };

/* Whether it is well-formed. */
bool read_image(struct reading *of, uint8_t *slot);
/* Whether it is signed: the keys' holders sign it once more, and must come to the same bytes. */
enum edge_reason judge(const struct reading *of, uint8_t key_count);

#endif
