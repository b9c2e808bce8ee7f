/* The flash of the application core, through its controller. A write or an erase that the system
 * protection unit forbids is a bus fault.
 */
#include <string.h>

#include "../../lib/port.h"
#include "../board.h"
#include "registers.h"

static bool inside(uint32_t address, uint32_t bytes) {
    return address <= EDGE_FLASH_BYTES && bytes <= EDGE_FLASH_BYTES - address;
}

static bool ready(void) {
    port_feed_watchdog(); /* many pages may be erased for one request */
    /* A page erase takes 87 ms at most; a round takes at least 4 cycles of 128 MHz. */
    for (uint32_t i = 0; i < 10u * 1000 * 1000; i++) {
        if ((get(NVMC_READY) & 1u) != 0) return true;
    }
    return false;
}

static bool read(void *context, uint32_t address, void *out, uint32_t bytes) {
    (void)context;
    if (!inside(address, bytes)) return false;
    memcpy(out, (const void *)(uintptr_t)address, bytes);
    return true;
}

static bool finish(bool done) {
    put(NVMC_CONFIG, NVMC_READ_ONLY);
    put(CACHE_INVALIDATE, 1);
    barrier();
    return done;
}

static bool program(void *context, uint32_t address, const void *data, uint32_t bytes) {
    (void)context;
    if (!inside(address, bytes) || address % 4 != 0 || bytes % 4 != 0) return false;
    const uint8_t *from = data;
    put(NVMC_CONFIG, NVMC_WRITE);
    bool done = ready();
    for (uint32_t at = 0; at < bytes && done; at += 4) {
        uint32_t word;
        memcpy(&word, from + at, 4);
        put(address + at, word);
        done = ready();
    }
    return finish(done);
}

static bool erase(void *context, uint32_t address) {
    (void)context;
    if (!inside(address, EDGE_FLASH_PAGE) || address % EDGE_FLASH_PAGE != 0) return false;
    put(NVMC_CONFIG, NVMC_ERASE);
    bool done = ready();
    if (done) {
        put(address, 0xFFFFFFFFu);
        done = ready();
    }
    return finish(done);
}

const struct edge_flash *port_flash(void) {
    static const struct edge_flash flash = {
        .size = EDGE_FLASH_BYTES, .page_size = EDGE_FLASH_PAGE, .read = read, .program = program, .erase = erase};
    return &flash;
}
