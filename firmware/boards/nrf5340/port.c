/* nRF5340, application core, all in its secure state. Never run on hardware: see docs/boards.md. */
#include "../../lib/port.h"

#include "../board.h"
#include "../common/startup.h"
#include "../common/tick.h"
#include "registers.h"
#include "serial.h"

_Static_assert(EDGE_BOOT_BYTES % SPU_REGION == 0, "the boot stage is protected in whole regions");

/* Vendor's values of this chip, to be copied after every reset. */
static void trim(void) {
    for (uint32_t i = 0; i < 32 && get(FICR_TRIM + 8 * i) != 0xFFFFFFFFu; i++) {
        put(get(FICR_TRIM + 8 * i), get(FICR_TRIM + 8 * i + 4));
    }
}

static void start_clocks(void) {
    put(CLOCK_HFCLK_CONTROL, 0);
    put(CLOCK_HFCLK_SOURCE, 1);
    put(CLOCK_HFCLK_STARTED, 0);
    put(CLOCK_START_HFCLK, 1);
    /* The crystal takes 0.4 ms; without it the internal oscillator goes on. */
    for (uint32_t i = 0; i < 100000 && get(CLOCK_HFCLK_STARTED) == 0; i++) barrier();
    put(CACHE_ENABLE, 1);
}

static void start_watchdog(void) {
    if (get(WATCHDOG_RUNS) != 0) return; /* the boot stage did, and it cannot be changed */
    put(WATCHDOG_RELOAD_VALUE, EDGE_WATCHDOG_SECONDS * 32768 - 1);
    put(WATCHDOG_REQUESTS, 1);
    put(WATCHDOG_CONFIG, 1);
    put(WATCHDOG_START, 1);
}

/* The boot stage takes the bits away, lest they stay for the next reset; the application finds
 * its decision in eight bits that a reset keeps. */
static void note_reset_reason(void) {
#ifdef EDGE_BOOT
    const uint32_t bits = get(RESET_REASON);
    enum port_reset reason = bits == 0 ? PORT_RESET_POWER : PORT_RESET_OTHER;
    if ((bits & RESET_BY_SOFTWARE) != 0) reason = PORT_RESET_SOFTWARE;
    if ((bits & RESET_BY_PIN) != 0) reason = PORT_RESET_PIN;
    if ((bits & RESET_BY_WATCHDOG) != 0) reason = PORT_RESET_WATCHDOG;
    if ((bits & RESET_BY_LOCKUP) != 0) reason = PORT_RESET_LOCKUP;
    put(RESET_REASON, bits);
    put(POWER_RETAINED, (uint32_t)reason);
#endif
}

enum port_reset port_reset_reason(void) {
    const uint32_t reason = get(POWER_RETAINED) & 0xFF;
    return reason <= PORT_RESET_OTHER ? (enum port_reset)reason : PORT_RESET_OTHER;
}

void port_init(void) {
    trim();
    start_clocks();
    note_reset_reason();
    start_watchdog();
    put(CORTEX_DEMCR, get(CORTEX_DEMCR) | CORTEX_DEMCR_TRACE);
    put(CORTEX_DWT_CYCLES, 0);
    put(CORTEX_DWT_CONTROL, get(CORTEX_DWT_CONTROL) | 1u);
    tick_start(EDGE_CLOCK_HZ);
    serial_start();
}

void port_feed_watchdog(void) { put(WATCHDOG_FEED, WATCHDOG_FOOD); }

uint32_t port_count(void) { return get(CORTEX_DWT_CYCLES); }

/* The emulator of this part counts instructions in the place of cycles, and says what it is. */
bool port_counts_instructions(void) { return get(FICR_VARIANT) == VARIANT_EMULATED; }

uint32_t port_clock_hz(void) { return port_counts_instructions() ? 0 : EDGE_CLOCK_HZ; }

void port_reset(void) { startup_reset(); }

bool port_protect_boot(void) {
    const uint32_t allowed = SPU_EXECUTE | SPU_READ | SPU_SECURE | SPU_LOCK;
    bool done = true;
    for (uint32_t region = 0; region < EDGE_BOOT_BYTES / SPU_REGION; region++) {
        put(SPU_FLASH_PERMISSION + 4 * region, allowed);
        done = done && get(SPU_FLASH_PERMISSION + 4 * region) == allowed;
    }
    return done;
}

void port_device_id(uint8_t id[16]) {
    const uint32_t words[4] = {get(FICR_DEVICE_ID), get(FICR_DEVICE_ID + 4), get(FICR_PART),
                               get(FICR_VARIANT)};
    for (uint32_t i = 0; i < 16; i++) id[i] = (uint8_t)(words[i / 4] >> (i % 4 * 8));
}

void port_jump(uint32_t vectors) {
    serial_stop();
    startup_jump(vectors);
}
