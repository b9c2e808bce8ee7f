/* The 1 kHz tick. */
#ifndef EDGESDK_BOARDS_TICK_H
#define EDGESDK_BOARDS_TICK_H

#include <stdint.h>

/* `clock` in Hz, of the processor. */
void tick_start(uint32_t clock);
/* True from `milliseconds` after `since` on, which is a port_milliseconds(). */
_Bool tick_passed(uint32_t since, uint32_t milliseconds);

#endif
