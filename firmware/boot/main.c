/* The boot stage: choose a firmware slot, copy its image to RAM, verify it there, start it. With
 * none that is fit to run it serves SMP itself, so that one can be sent.
 */
#include <string.h>

#include "../boards/board.h"
#include "../lib/port.h"
#include "../lib/smp/os_group.h"
#include "../secure/device_group.h"
#include "../secure/sha256.h"
#include "../secure/slots_state.h"

enum { IMAGES_SERVED = EDGE_IMAGES, PIECE = 256 };

static struct edge_slots slots;
static struct edge_smp_server server;

/* Copies the image and checks its hash over the copy: flash is not looked at again. */
static bool load(uint8_t slot) {
    const struct edge_image *image = &slots.image[EDGE_FIRMWARE][slot];
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
    port_jump(edge_layout.load_address + slots.image[EDGE_FIRMWARE][slot].header_bytes);
}

static void __attribute__((noreturn)) serve(struct edge_handover *handover) {
    static uint8_t bytes[PIECE];
    static struct edge_os_group os = {.description = "edgesdk boot stage"};
    static struct edge_image_group images = {.slots = &slots, .images = IMAGES_SERVED};
    static struct edge_device_group device;
    device = (struct edge_device_group){
        .mode = "boot",
        .version = EDGE_FIRMWARE_VERSION,
        .flash = port_flash(),
        .layout = &edge_layout,
        .slots = &slots,
        .images = &images,
        .server = &server,
        .handover = handover,
    };
    const struct edge_smp_group groups[] = {
        {EDGE_SMP_OS, edge_os_group, &os, NULL},
        {EDGE_SMP_IMAGE, edge_image_group, &images, edge_image_group_reason},
        {EDGE_SMP_DEVICE, edge_device_group, &device, NULL},
    };
    edge_smp_start(&server, groups, sizeof groups / sizeof groups[0], port_send);
    for (;;) {
        const uint32_t got = port_receive(bytes, sizeof bytes);
        edge_smp_receive(&server, bytes, got, port_milliseconds());
        port_feed_watchdog();
        if (os.reset != EDGE_SMP_STAY) {
            edge_handover_reset(handover, os.reset == EDGE_SMP_RESET_TO_RECOVERY);
        }
        if (got == 0) port_idle();
    }
}

int main(void) {
    port_init();
    struct edge_handover *handover = edge_handover_open(port_retained());
    const enum port_reset why = port_reset_reason();
    if (why >= PORT_RESET_WATCHDOG) {
        edge_handover_note(handover, 0x100u + (uint32_t)why, "reset");
    }
    (void)edge_slots_open(&slots, port_flash(), &edge_layout, EDGE_NO_SLOT);
    /* Firmware that fails again and again before it can be reached must not lock everybody out. */
    const bool stay = handover->stay_in_boot != 0 || handover->failures >= EDGE_FAILURES;
    handover->stay_in_boot = 0;
    handover->failures = stay ? 0 : (uint8_t)(handover->failures + 1u);
    edge_handover_seal(handover);
    for (uint8_t tries = 0; tries < EDGE_SLOTS && !stay; tries++) {
        const uint8_t slot = edge_slots_choose_firmware(&slots);
        port_feed_watchdog();
        if (slot == EDGE_NO_SLOT) break;
        if (load(slot)) start(handover, slot);
        edge_handover_note(handover, EDGE_BAD_HASH, "load");
        slots.verdict[EDGE_FIRMWARE][slot] = EDGE_BAD_HASH;
    }
    serve(handover);
}
