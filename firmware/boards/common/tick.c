#include "tick.h"

#include "../../lib/port.h"
#include "cortex_m33.h"
#include "startup.h"

static volatile uint32_t milliseconds;

void systick_handler(void) { milliseconds = milliseconds + 1; }

uint32_t port_milliseconds(void) { return milliseconds; }

void tick_start(uint32_t clock) {
    put(CORTEX_SYSTICK_RELOAD, clock / 1000 - 1);
    put(CORTEX_SYSTICK_VALUE, 0);
    put(CORTEX_SYSTICK_CONTROL, CORTEX_SYSTICK_RUN);
}

bool tick_passed(uint32_t since, uint32_t wait) { return milliseconds - since >= wait; }
