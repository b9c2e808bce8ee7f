/* The application: serves SMP, and runs the model that the device comes back to. */
#include <stddef.h>

#include "../boards/board.h"
#include "../lib/port.h"
#include "../lib/smp/os_group.h"
#include "../secure/slots_state.h"
#include "model_group.h"

enum { PIECE = 1024 };

static struct edge_slots slots;
static struct edge_smp_server server;
static uint8_t bytes[PIECE];

int main(void) {
    port_init();
    struct edge_handover *handover = edge_handover_open(port_retained());
    (void)edge_slots_open(&slots, port_flash(), &edge_layout, handover->running);
    static struct edge_os_group os = {.description = "edgesdk " EDGE_FIRMWARE_VERSION};
    static struct edge_image_group images = {.slots = &slots, .images = EDGE_IMAGES};
    static struct edge_device_group device;
    device = (struct edge_device_group){
        .mode = "app",
        .version = EDGE_FIRMWARE_VERSION,
        .flash = port_flash(),
        .layout = &edge_layout,
        .slots = &slots,
        .images = &images,
        .server = &server,
        .handover = handover,
    };
    edge_model_group_start(&device);
    const struct edge_smp_group groups[] = {
        {EDGE_SMP_OS, edge_os_group, &os, NULL},
        {EDGE_SMP_IMAGE, edge_image_group, &images, edge_image_group_reason},
        {EDGE_SMP_DEVICE, edge_model_group, &device, NULL},
    };
    edge_smp_start(&server, groups, sizeof groups / sizeof groups[0], port_send);
    for (;;) {
        const uint32_t got = port_receive(bytes, sizeof bytes);
        edge_smp_receive(&server, bytes, got, port_milliseconds());
        port_feed_watchdog();
        if (handover->failures != 0 && port_milliseconds() > EDGE_UP_MILLISECONDS) {
            handover->failures = 0;
            edge_handover_seal(handover);
        }
        if (os.reset != EDGE_SMP_STAY) {
            edge_handover_reset(handover, os.reset == EDGE_SMP_RESET_TO_RECOVERY);
        }
        if (got == 0) port_idle();
    }
}
