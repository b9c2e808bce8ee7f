/* Any bytes on the line of an SMP server, over slots in memory.
 *
 * After an even first byte the rest is the line itself. After an odd one it is messages, each behind
 * its length (one byte, times 16, and a nibble of the next), which are framed here with a right CRC:
 * so the groups see everything, too. */
#include <stdlib.h>
#include <string.h>

#include "../../backends_mcu/smp/device.h"
#include "smp/frame.h"

enum { LARGEST = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct device *device;
static uint32_t now;

static bool to_device(const uint8_t *data, uint32_t bytes) {
    uint8_t *copy = malloc(bytes);
    if (copy == NULL) abort();
    memcpy(copy, data, bytes);
    device_receive(device, copy, bytes, now++);
    free(copy);
    return true;
}

static void send_messages(const uint8_t *data, size_t size) {
    while (size > 2) {
        size_t bytes = (size_t)data[0] * 16 + (data[1] & 15);
        enum edge_framing framing = data[1] & 16 ? EDGE_FRAMING_CONSOLE : EDGE_FRAMING_COBS;
        data += 2;
        size -= 2;
        if (bytes > size) bytes = size;
        if (bytes > 0) edge_frame_send(framing, data, (uint32_t)bytes, to_device);
        data += bytes;
        size -= bytes;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2 || size > LARGEST) return 0;
    device = device_new();
    if (data[0] & 1) {
        send_messages(data + 1, size - 1);
    } else {
        to_device(data + 1, (uint32_t)size - 1);
    }
    device_receive(device, NULL, 0, now); /* silence */
    device_receive(device, NULL, 0, now += 1000);
    uint32_t sent;
    device_sent(device, &sent);

    /* It is whole: it answers. */
    static const uint8_t echo[] = {0x0A, 0, 0, 5, 0, 0, 9, 0, 0xA1, 0x61, 'd', 0x61, 'x'};
    edge_frame_send(EDGE_FRAMING_COBS, echo, sizeof echo, to_device);
    device_sent(device, &sent);
    if (sent == 0) abort();
    device_free(device);
    return 0;
}
