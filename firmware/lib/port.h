/* The port seam: what the boot stage and the application need of a board, and nothing else.
 *
 * A board implements it in boards/NAME/port.c. Nothing here allocates, and nothing waits without a
 * deadline, except port_idle, which the watchdog ends.
 */
#ifndef EDGESDK_PORT_H
#define EDGESDK_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include "flash.h"

/* Clocks, serial port at 1,000,000 baud 8N1, 1 kHz tick, cycle counter, watchdog. */
void port_init(void);

/* Bytes that have arrived, at most `most`; returns at once with how many were taken. */
uint32_t port_receive(uint8_t *out, uint32_t most);
/* Sends all bytes; returns false when the line did not take them within 1 s. */
bool port_send(const uint8_t *data, uint32_t bytes);

/* Sleeps until a byte may have arrived, or the next tick. */
void port_idle(void);
uint32_t port_milliseconds(void); /* wraps after 49 days */
void port_feed_watchdog(void);

/* A free-running counter of the work done: CPU cycles where the part counts them, instructions in
 * an emulator; port_counts_instructions says which. port_clock_hz is 0 where it has no meaning. */
uint32_t port_count(void);
bool port_counts_instructions(void);
uint32_t port_clock_hz(void);

enum port_reset {
    PORT_RESET_POWER = 0,
    PORT_RESET_PIN = 1,
    PORT_RESET_SOFTWARE = 2,
    PORT_RESET_WATCHDOG = 3,
    PORT_RESET_LOCKUP = 4,
    PORT_RESET_OTHER = 5,
};
enum port_reset port_reset_reason(void); /* why this run began; the same answer every time */
void port_reset(void) __attribute__((noreturn));

const struct edge_flash *port_flash(void);
/* Makes the boot stage unwritable until the next reset; false where the part cannot. */
bool port_protect_boot(void);
/* 16 bytes that tell this part from every other. */
void port_device_id(uint8_t id[16]);

/* Jumps to an image whose vector table is at `vectors`, with all interrupts off and reset-like
 * state; never returns. */
void port_jump(uint32_t vectors) __attribute__((noreturn));

/* Memory that a reset leaves as it was (not a cut of power): at most 256 bytes. */
void *port_retained(void);

#endif
