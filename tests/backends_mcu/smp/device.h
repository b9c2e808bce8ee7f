/* The test device: see device.c. */
#ifndef TEST_DEVICE_H
#define TEST_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

struct device;

struct device *device_new(void);
void device_free(struct device *device);
void device_reboot(struct device *device);
void device_receive(struct device *device, const uint8_t *data, uint32_t bytes, uint32_t now);
const uint8_t *device_sent(struct device *device, uint32_t *bytes);

#endif
