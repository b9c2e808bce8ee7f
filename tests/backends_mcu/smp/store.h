/* Slots to put behind the test device: in plain memory (fake_slots.c), or the firmware's own over
 * a flash in memory (real_slots.c). */
#ifndef TEST_STORE_H
#define TEST_STORE_H

#include "../../../firmware/secure/slots.h"

struct edge_slots *store_new(void);
void store_free(struct edge_slots *slots);
void store_reboot(struct edge_slots *slots);
const uint8_t *store_bytes(struct edge_slots *slots, uint32_t image, uint32_t slot);
/* Refuse the next change of a slot. The real slots do so only where they must. */
void store_refuse(struct edge_slots *slots, enum edge_reason reason);
uint32_t store_begun(struct edge_slots *slots, uint32_t image); /* uploads, so far */

#endif
