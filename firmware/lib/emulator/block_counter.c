#include "block_counter.h"

#include <string.h>

enum { KNOWN = 4096, REGIONS = 3 };

/* An entry of `known`: the block's address, its bytes (14 bits), its instructions (14 bits). */
static uint64_t key_of(uint64_t address, uint32_t size) {
    return address << 28 | (uint64_t)(size & 0x3FFFu) << 14;
}

/* Thumb instructions are of one or two halfwords; the first one's top bits say which. */
static uint32_t count_in(const uint8_t *code, uint32_t size) {
    uint32_t count = 0;
    for (uint32_t at = 0; at + 2 <= size; count++) {
        uint16_t first;
        memcpy(&first, code + at, 2);
        at += (first & 0xF800u) >= 0xE800u ? 4 : 2;
    }
    return count;
}

static uint32_t instructions(const struct edge_block_counter *counter, uint64_t address,
                             uint32_t size) {
    for (uint32_t i = 0; i < REGIONS; i++) {
        const uint64_t offset = address - counter->base[i];
        if (offset < counter->size[i] && size <= counter->size[i] - offset) {
            return count_in((const uint8_t *)(uintptr_t)(counter->host[i] + offset), size);
        }
    }
    return 0;
}

void edge_count_block(void *engine, uint64_t address, uint32_t size, void *context) {
    struct edge_block_counter *counter = context;
    if (counter->count >= counter->limit) {
        ((int (*)(void *))(uintptr_t)counter->stop)(engine);
        return;
    }
    const uint64_t key = key_of(address, size);
    uint64_t *known = &counter->known[address / 2 % KNOWN];
    if ((*known & ~(uint64_t)0x3FFF) != key) {
        *known = key | (instructions(counter, address, size) & 0x3FFFu);
    }
    counter->count += *known & 0x3FFFu;
}
