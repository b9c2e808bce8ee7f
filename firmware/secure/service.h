/* What the boot stage and the application have in common: the groups that they serve, for ever. */
#ifndef EDGESDK_SECURE_SERVICE_H
#define EDGESDK_SECURE_SERVICE_H

#include "../lib/smp/os_group.h"
#include "device_group.h"
#include "handover.h"
#include "slots_state.h"

struct edge_service {
    struct edge_slots slots;
    struct edge_handover *handover;
    struct edge_device_group device;
    struct edge_os_group os;
    struct edge_image_group images;
    struct edge_smp_group groups[3];
    struct edge_smp_server server;
    bool (*work)(void); /* between requests; false when nothing is left to do. NULL: nothing ever */
};

/* Opens the slots; `running` is the firmware slot that was loaded, or EDGE_NO_SLOT. */
void edge_service_open(struct edge_service *service, struct edge_handover *handover,
                       uint8_t running);
/* The groups, before the first request: `mode` is "boot" or "app", `handler` that of group 64. */
void edge_service_start(struct edge_service *service, const char *mode, const char *description,
                        edge_smp_handler *handler);
void edge_service_run(struct edge_service *service) __attribute__((noreturn));

#endif
