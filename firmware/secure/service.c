#include "service.h"

#include <stddef.h>

#include "../boards/board.h"
#include "../lib/port.h"

enum { PIECE = 1024 };

void edge_service_open(struct edge_service *service, struct edge_handover *handover,
                       uint8_t running) {
    service->handover = handover;
    (void)edge_slots_open(&service->slots, port_flash(), &edge_layout, running);
}

void edge_service_start(struct edge_service *service, const char *mode, const char *description,
                        edge_smp_handler *handler) {
    service->os.description = description;
    service->images = (struct edge_image_group){.slots = &service->slots, .images = EDGE_IMAGES};
    service->device = (struct edge_device_group){
        .mode = mode,
        .version = EDGE_FIRMWARE_VERSION,
        .flash = port_flash(),
        .layout = &edge_layout,
        .slots = &service->slots,
        .images = &service->images,
        .server = &service->server,
        .handover = service->handover,
    };
    service->groups[0] = (struct edge_smp_group){EDGE_SMP_OS, edge_os_group, &service->os, NULL};
    service->groups[1] = (struct edge_smp_group){EDGE_SMP_IMAGE, edge_image_group, &service->images,
                                                 edge_image_group_reason};
    service->groups[2] = (struct edge_smp_group){EDGE_SMP_DEVICE, handler, &service->device, NULL};
    edge_smp_start(&service->server, service->groups, 3, port_send);
}

/* Firmware that has been up for a while has not failed to start. */
static void note_success(struct edge_handover *handover) {
    if (handover->failures == 0 || port_milliseconds() < EDGE_UP_MILLISECONDS) return;
    handover->failures = 0;
    edge_handover_seal(handover);
}

void edge_service_run(struct edge_service *service) {
    static uint8_t bytes[PIECE];
    for (;;) {
        const uint32_t got = port_receive(bytes, sizeof bytes);
        edge_smp_receive(&service->server, bytes, got, port_milliseconds());
        port_feed_watchdog();
        note_success(service->handover);
        if (service->os.reset != EDGE_SMP_STAY) {
            edge_handover_reset(service->handover,
                                service->os.reset == EDGE_SMP_RESET_TO_RECOVERY);
        }
        const bool busy = service->work != NULL && service->work();
        if (got == 0 && !busy) port_idle();
    }
}
