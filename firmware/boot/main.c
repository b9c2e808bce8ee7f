/* The boot stage: choose a firmware slot, copy its image to RAM, verify it there, start it. With
 * none that is fit to run it serves SMP itself, so that one can be sent.
 */
#include <string.h>

#include "../boards/board.h"
#include "../lib/port.h"
#include "../secure/service.h"
#include "../secure/sha256.h"

static struct edge_service service;

/* Copies the image and checks its hash over the copy: flash is not looked at again. */
static bool load(uint8_t slot) {
    const struct edge_image *image = &service.slots.image[EDGE_FIRMWARE][slot];
    const struct edge_flash *flash = port_flash();
    uint8_t *to = (uint8_t *)(uintptr_t)edge_layout.load_address;
    uint8_t digest[EDGE_HASH];
    struct edge_sha256 hash;
    if (!flash->read(flash->context, edge_layout.slot[EDGE_FIRMWARE][slot], to, image->bytes)) {
        return false;
    }
    edge_sha256_start(&hash);
    edge_sha256_add(&hash, to, image->hashed_bytes);
    edge_sha256_finish(&hash, digest);
    return memcmp(digest, image->hash, EDGE_HASH) == 0;
}

static void __attribute__((noreturn)) start(struct edge_handover *handover, uint8_t slot) {
    handover->running = slot;
    edge_handover_seal(handover);
    if (!port_protect_boot()) edge_handover_note(handover, EDGE_FLASH_FAULT, "protect");
    port_jump(edge_layout.load_address + service.slots.image[EDGE_FIRMWARE][slot].header_bytes);
}

/* Firmware that fails again and again before it can be reached must not lock everybody out. */
static bool stays(struct edge_handover *handover) {
    const bool stay = handover->stay_in_boot != 0 || handover->failures >= EDGE_FAILURES;
    handover->stay_in_boot = 0;
    handover->failures = stay ? 0 : (uint8_t)(handover->failures + 1u);
    edge_handover_seal(handover);
    return stay;
}

int main(void) {
    port_init();
    struct edge_handover *handover = edge_handover_open(port_retained());
    const enum port_reset why = port_reset_reason();
    if (why >= PORT_RESET_WATCHDOG) {
        edge_handover_note(handover, 0x100u + (uint32_t)why, "reset");
    }
    edge_service_open(&service, handover, EDGE_NO_SLOT);
    const bool stay = stays(handover);
    for (uint8_t tries = 0; tries < EDGE_SLOTS && !stay; tries++) {
        const uint8_t slot = edge_slots_choose_firmware(&service.slots);
        port_feed_watchdog();
        if (slot == EDGE_NO_SLOT) break;
        if (load(slot)) start(handover, slot);
        edge_handover_note(handover, EDGE_BAD_HASH, "load");
        service.slots.verdict[EDGE_FIRMWARE][slot] = EDGE_BAD_HASH;
    }
    edge_service_start(&service, "boot", "edgesdk boot stage", edge_device_group);
    edge_service_run(&service);
}
