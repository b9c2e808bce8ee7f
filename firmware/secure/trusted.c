/* The keys that a device trusts: the part of slots.h that changes them. */
#include <string.h>

#include "ed25519.h"
#include "slots_state.h"

uint8_t edge_slots_keys(const struct edge_slots *slots, uint8_t keys[EDGE_KEYS][EDGE_KEY]) {
    memcpy(keys, slots->store.record.keys, sizeof slots->store.record.keys);
    return slots->store.record.key_count;
}

uint32_t edge_slots_key_changes(const struct edge_slots *slots) {
    return slots->store.record.key_changes;
}

/* Whether a trusted key signed "edgesdk key trust " or "edgesdk key drop  ", the id, the key, and
 * how many changes there were before. */
static bool vouched(const struct edge_record *record, bool trust, const uint8_t key[EDGE_KEY],
                    const uint8_t device_id[16], const uint8_t signature[EDGE_SIGNATURE]) {
    uint8_t message[18 + 16 + EDGE_KEY + 4];
    memcpy(message, trust ? "edgesdk key trust " : "edgesdk key drop  ", 18);
    memcpy(message + 18, device_id, 16);
    memcpy(message + 34, key, EDGE_KEY);
    for (uint32_t i = 0; i < 4; i++) {
        message[34 + EDGE_KEY + i] = (uint8_t)((uint32_t)record->key_changes >> 8 * i);
    }
    for (uint8_t i = 0; i < record->key_count; i++) {
        if (edge_ed25519_verify(record->keys[i], signature, message, sizeof message)) return true;
    }
    return false;
}

enum edge_reason edge_slots_change_key(struct edge_slots *slots, bool trust,
                                       const uint8_t key[EDGE_KEY], const uint8_t device_id[16],
                                       const uint8_t signature[EDGE_SIGNATURE]) {
    struct edge_record next = slots->store.record;
    uint8_t at = 0;
    while (at < next.key_count && memcmp(next.keys[at], key, EDGE_KEY) != 0) at++;
    const bool known = at < next.key_count;
    if (known == trust) return trust ? EDGE_OK : EDGE_NO_IMAGE;
    if (next.key_count != 0 && !vouched(&next, trust, key, device_id, signature)) {
        return EDGE_BAD_SIGNATURE;
    }
    if (next.key_changes == UINT16_MAX) return EDGE_NO_ROOM;
    next.key_changes++;
    if (trust) {
        if (next.key_count == EDGE_KEYS) return EDGE_NO_ROOM;
        memcpy(next.keys[next.key_count++], key, EDGE_KEY);
    } else {
        if (next.key_count == 1) return EDGE_BUSY;
        next.key_count--;
        memcpy(next.keys[at], next.keys[next.key_count], EDGE_KEY);
        memset(next.keys[next.key_count], 0, EDGE_KEY);
    }
    if (!edge_slots_write_record(slots, &next)) return EDGE_FLASH_FAULT;
    /* What the slots hold may count now, or no more. */
    memset(slots->looked, 0, sizeof slots->looked);
    return EDGE_OK;
}
