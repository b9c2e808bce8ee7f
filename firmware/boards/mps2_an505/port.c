/* MPS2+ with AN505, as QEMU models it (arm "Application Note AN505"), all in the secure state.
 *
 * Its flash is the PSRAM, which QEMU keeps in a file; the rules of a flash are kept here. QEMU shows
 * the processor no cycle counter, but with -icount shift=6 an instruction takes 64 ns of its time,
 * and the tick's timer counts 20 MHz.
 */
#include "../../lib/port.h"

#include <string.h>

#include "../board.h"
#include "../common/startup.h"
#include "../common/tick.h"
#include "registers.h"
#include "serial.h"

enum { TICK = EDGE_CLOCK_HZ / 1000 };

/* Why the run began, in memory that only a cut of power clears. */
enum { REASON_MARK = 0x45444700 };

static void note_reset_reason(void) {
#ifdef EDGE_BOOT
    const uint32_t noted = get(KEPT_REASON);
    enum port_reset reason = PORT_RESET_POWER;
    if (get(KEPT_RUNS) == REASON_MARK) reason = PORT_RESET_OTHER;
    if (noted == (REASON_MARK | PORT_RESET_SOFTWARE)) reason = PORT_RESET_SOFTWARE;
    put(KEPT_RUNS, REASON_MARK);
    put(KEPT_REASON, REASON_MARK | (uint32_t)reason);
#endif
}

enum port_reset port_reset_reason(void) { return (enum port_reset)(get(KEPT_REASON) & 0xFF); }

void port_init(void) {
    note_reset_reason();
    tick_start(EDGE_CLOCK_HZ);
    serial_start();
}

void port_idle(void) {
    interrupts_off();
    if (!serial_waits()) wait_for_interrupt();
    interrupts_on();
}

void port_feed_watchdog(void) {}

uint32_t port_count(void) {
    uint32_t milliseconds, value;
    do {
        milliseconds = port_milliseconds();
        value = get(CORTEX_SYSTICK_VALUE);
    } while (milliseconds != port_milliseconds());
    const uint64_t ticks = (uint64_t)milliseconds * TICK + (TICK - 1 - value);
    return (uint32_t)(ticks * 50 / 64); /* 50 ns a tick, 64 ns an instruction */
}

bool port_counts_instructions(void) { return true; }

uint32_t port_clock_hz(void) { return 0; }

void port_reset(void) {
    put(KEPT_REASON, REASON_MARK | PORT_RESET_SOFTWARE);
    startup_reset();
}

/* The boot stage lies in RAM here, which QEMU fills anew at each reset. */
bool port_protect_boot(void) { return false; }

void port_device_id(uint8_t id[16]) { memcpy(id, "edgesdk mps2-505", 16); }

void port_jump(uint32_t vectors) {
    serial_stop();
    startup_jump(vectors);
}

static bool inside(uint32_t address, uint32_t bytes) {
    return address <= EDGE_FLASH_BYTES && bytes <= EDGE_FLASH_BYTES - address;
}

static void *at(uint32_t address) { return (void *)(uintptr_t)(EDGE_FLASH_BASE + address); }

static bool read(void *context, uint32_t address, void *out, uint32_t bytes) {
    (void)context;
    if (!inside(address, bytes)) return false;
    memcpy(out, at(address), bytes);
    return true;
}

static bool program(void *context, uint32_t address, const void *data, uint32_t bytes) {
    (void)context;
    if (!inside(address, bytes) || address % 4 != 0 || bytes % 4 != 0) return false;
    volatile uint32_t *words = at(address);
    const uint8_t *from = data;
    for (uint32_t i = 0; i < bytes / 4; i++) {
        uint32_t word;
        memcpy(&word, from + 4 * i, 4);
        words[i] = words[i] & word;
    }
    return true;
}

static bool erase(void *context, uint32_t address) {
    (void)context;
    if (!inside(address, EDGE_FLASH_PAGE) || address % EDGE_FLASH_PAGE != 0) return false;
    memset(at(address), 0xFF, EDGE_FLASH_PAGE);
    return true;
}

const struct edge_flash *port_flash(void) {
    static const struct edge_flash flash = {
        .size = EDGE_FLASH_BYTES, .page_size = EDGE_FLASH_PAGE, .read = read, .program = program, .erase = erase};
    return &flash;
}
