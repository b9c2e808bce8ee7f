/* The firmware's own slots, over a flash in memory that keeps to the rules of flash. */
#include <stdlib.h>
#include <string.h>

#include "../../../firmware/secure/slots_state.h"
#include "store.h"

enum { FLASH = 0x100000, PAGE = 4096, WORD = 4 };

static const struct edge_layout layout = {
    .record = {0xC000, 0xD000},
    .slot = {{0x10000, 0x30000}, {0x50000, 0xA8000}},
    .slot_size = {0x20000, 0x58000},
    .load_address = 0x20000000,
    .load_size = 0x18000,
    .board = "nrf5340",
    .target = "mcu:cortex-m33",
};

struct store {
    struct edge_slots slots; /* first: a pointer to it is one to the store */
    struct edge_flash flash;
    uint8_t bytes[FLASH];
};

static bool flash_read(void *context, uint32_t address, void *out, uint32_t bytes) {
    const struct store *store = context;
    memcpy(out, store->bytes + address, bytes);
    return true;
}

static bool flash_program(void *context, uint32_t address, const void *data, uint32_t bytes) {
    struct store *store = context;
    if (address % WORD != 0 || bytes % WORD != 0) return false;
    for (uint32_t i = 0; i < bytes; i++) store->bytes[address + i] &= ((const uint8_t *)data)[i];
    return true;
}

static bool flash_erase(void *context, uint32_t address) {
    struct store *store = context;
    if (address % PAGE != 0) return false;
    memset(store->bytes + address, 0xFF, PAGE);
    return true;
}

/* What the boot stage and the application do, one after the other. */
void store_reboot(struct edge_slots *slots) {
    struct store *store = (struct store *)(void *)slots;
    edge_slots_open(slots, &store->flash, &layout, EDGE_NO_SLOT);
    uint8_t running = edge_slots_choose_firmware(slots);
    edge_slots_open(slots, &store->flash, &layout, running);
    edge_slots_choose_model(slots);
}

struct edge_slots *store_new(void) {
    struct store *store = calloc(1, sizeof *store);
    if (store == NULL) abort();
    memset(store->bytes, 0xFF, sizeof store->bytes);
    store->flash =
        (struct edge_flash){store, FLASH, PAGE, flash_read, flash_program, flash_erase};
    store_reboot(&store->slots);
    return &store->slots;
}

void store_free(struct edge_slots *slots) { free(slots); }

const uint8_t *store_bytes(struct edge_slots *slots, uint32_t image, uint32_t slot) {
    const struct store *store = (const struct store *)(const void *)slots;
    return store->bytes + layout.slot[image][slot];
}

void store_refuse(struct edge_slots *slots, enum edge_reason reason) {
    (void)slots, (void)reason;
}

uint32_t store_begun(struct edge_slots *slots, uint32_t image) {
    return slots->upload[image].begun;
}
