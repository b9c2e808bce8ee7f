/* A device of the host's: the firmware's SMP server over slots in memory, driven by bytes in and
 * bytes out. Group 64 has a counter, to see which requests are carried out, and announcements. */
#include <stdlib.h>
#include <string.h>

#include "../../../firmware/lib/smp/image_group.h"
#include "../../../firmware/lib/smp/os_group.h"
#include "device.h"
#include "store.h"

enum { OUT = 1 << 18 };

struct device {
    struct edge_slots *slots;
    struct edge_os_group os;
    struct edge_image_group images;
    struct edge_smp_group groups[3];
    struct edge_smp_server server;
    uint32_t additions;
    uint32_t out_bytes;
    uint8_t out[OUT];
};

static struct device *sending; /* whose answer it is: `send` has no context, as on a board */

static bool send(const uint8_t *data, uint32_t bytes) {
    if (bytes > OUT - sending->out_bytes) return false;
    memcpy(sending->out + sending->out_bytes, data, bytes);
    sending->out_bytes += bytes;
    return true;
}

static uint32_t add(struct device *device, const struct edge_smp_request *request,
                    struct edge_cbor_writer *answer) {
    uint32_t amount;
    if (!edge_cbor_get_u32(request->body, "n", &amount)) return EDGE_BAD_REQUEST;
    device->additions += amount;
    edge_cbor_put_u32(answer, "sum", device->additions);
    return EDGE_OK;
}

static uint32_t announce(struct device *device, const struct edge_smp_request *request) {
    struct edge_announcement said = {0};
    uint32_t image;
    if (!edge_cbor_get_u32(request->body, "image", &image)) return EDGE_BAD_REQUEST;
    if (!edge_cbor_get_u32(request->body, "len", &said.bytes)) return EDGE_BAD_REQUEST;
    if (!edge_cbor_get_exactly(request->body, "sha", said.hash, EDGE_HASH)) return EDGE_BAD_REQUEST;
    edge_cbor_get_u32(request->body, "ctr", &said.security_counter);
    edge_cbor_get_exactly(request->body, "key", said.key_hash, EDGE_HASH);
    edge_cbor_get_exactly(request->body, "sig", said.signature, EDGE_SIGNATURE);
    return edge_image_group_announce(&device->images, (uint8_t)image, &said);
}

/* As many bytes as are asked for. */
static uint32_t fetch(const struct edge_smp_request *request, struct edge_cbor_writer *answer) {
    uint32_t bytes;
    if (!edge_cbor_get_u32(request->body, "len", &bytes)) return EDGE_BAD_REQUEST;
    uint8_t *out = edge_cbor_reserve(answer, "data", bytes);
    for (uint32_t i = 0; out != NULL && i < bytes; i++) out[i] = (uint8_t)(i % 251);
    return EDGE_OK;
}

static uint32_t user_group(const struct edge_smp_request *request,
                           struct edge_cbor_writer *answer) {
    switch (request->command) {
    case 0: return add(request->context, request, answer);
    case 1: return announce(request->context, request);
    case 2: return fetch(request, answer);
    case 3: return EDGE_NOT_OPEN;
    default: return EDGE_SMP_NOT_SUPPORTED;
    }
}

static void start(struct device *device) {
    device->os = (struct edge_os_group){"edgesdk test 1.2.3", EDGE_SMP_STAY};
    device->images = (struct edge_image_group){.slots = device->slots, .images = EDGE_IMAGES};
    device->groups[0] = (struct edge_smp_group){0, edge_os_group, &device->os, NULL};
    device->groups[1] =
        (struct edge_smp_group){1, edge_image_group, &device->images, edge_image_group_reason};
    device->groups[2] = (struct edge_smp_group){64, user_group, device, NULL};
    edge_smp_start(&device->server, device->groups, 3, send);
}

struct device *device_new(void) {
    struct device *device = calloc(1, sizeof *device);
    if (device == NULL) abort();
    device->slots = store_new();
    start(device);
    return device;
}

void device_free(struct device *device) {
    store_free(device->slots);
    free(device);
}

/* A reset: what was in RAM is gone. */
void device_reboot(struct device *device) {
    store_reboot(device->slots);
    start(device);
}

void device_receive(struct device *device, const uint8_t *data, uint32_t bytes, uint32_t now) {
    sending = device;
    edge_smp_receive(&device->server, data, bytes, now);
}

/* What it has sent since the last call; valid until the next. */
const uint8_t *device_sent(struct device *device, uint32_t *bytes) {
    *bytes = device->out_bytes;
    device->out_bytes = 0;
    return device->out;
}

uint32_t device_reset(const struct device *device) { return device->os.reset; }
uint32_t device_additions(const struct device *device) { return device->additions; }
uint32_t device_requests(const struct device *device) { return device->server.requests; }
uint32_t device_repeats(const struct device *device) { return device->server.repeats; }

void device_refuse(struct device *device, uint32_t reason) {
    store_refuse(device->slots, (enum edge_reason)reason);
}

const uint8_t *device_slot(struct device *device, uint32_t image, uint32_t slot) {
    return store_bytes(device->slots, image, slot);
}

uint32_t device_begun(struct device *device, uint32_t image) {
    return store_begun(device->slots, image);
}

bool device_valid(struct device *device, uint32_t image, uint32_t slot) {
    struct edge_slot_state state;
    edge_slots_state(device->slots, (uint8_t)image, (uint8_t)slot, &state);
    return state.valid;
}

uint32_t device_trust(struct device *device, const uint8_t key[EDGE_KEY]) {
    const uint8_t none[EDGE_SIGNATURE] = {0};
    return edge_slots_change_key(device->slots, true, key, none, none);
}
