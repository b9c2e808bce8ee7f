/* SMP group 64, the part that boot stage and application share: the device, its slots, its keys,
 * announcements and decisions. The application adds the commands of the model (app/model_group.h).
 */
#ifndef EDGESDK_SECURE_DEVICE_GROUP_H
#define EDGESDK_SECURE_DEVICE_GROUP_H

#include "../lib/smp/image_group.h"
#include "handover.h"

enum { EDGE_SMP_DEVICE = 64 };

/* The commands. Gaps are other commands of the same group. */
enum edge_device_command {
    EDGE_COMMAND_DEVICE = 0,
    EDGE_COMMAND_SLOT = 1,
    EDGE_COMMAND_BEGIN = 2,
    EDGE_COMMAND_OPEN = 3,
    EDGE_COMMAND_FEED = 4,
    EDGE_COMMAND_INFER = 5,
    EDGE_COMMAND_FETCH = 6,
    EDGE_COMMAND_GOLDEN = 7,
    EDGE_COMMAND_COUNTERS = 8,
    EDGE_COMMAND_LOG = 9,
    EDGE_COMMAND_KEY = 10,
    EDGE_COMMAND_DECIDE = 11,
    EDGE_COMMAND_HASH = 12,
    EDGE_COMMAND_INTERFACE = 13,
    EDGE_COMMAND_START = 14,
    EDGE_COMMAND_STREAM = 15,
    EDGE_COMMAND_RESULTS = 16,
    EDGE_COMMAND_FINISH = 17,
    EDGE_COMMAND_STATE = 18,
};

struct edge_device_group {
    const char *mode;    /* "boot" or "app" */
    const char *version; /* of the firmware that runs, or of the boot stage */
    const struct edge_flash *flash;
    const struct edge_layout *layout;
    struct edge_slots *slots;
    struct edge_image_group *images;
    const struct edge_smp_server *server;
    struct edge_handover *handover;
    /* The application puts more into the answers to "device" and "slot"; NULL in the boot stage. */
    void (*describe)(struct edge_cbor_writer *answer);
    void (*describe_slot)(uint8_t image, uint8_t slot, struct edge_cbor_writer *answer);
    /* Told when another slot of an image counts from now on. */
    void (*on_change)(uint8_t image);
};

/* Its context is a struct edge_device_group. */
edge_smp_handler edge_device_group;

#endif
