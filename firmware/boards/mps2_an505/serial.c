/* QEMU hands this port a byte at a time, and goes on handing only while something wakes it: the
 * tick does.
 */
#include "serial.h"

#include "../../lib/port.h"
#include "../board.h"
#include "../common/startup.h"
#include "../common/tick.h"
#include "registers.h"

enum { RING = 16384, DIVIDER = 20 /* of 20 MHz: 1,000,000 baud */ };

static uint8_t ring[RING];
static volatile uint32_t arrived, taken; /* bytes, modulo 2^32 */

void serial_handler(void) {
    /* Cleared before the port is emptied: in the other order QEMU's port falls silent. */
    put(UART_INTERRUPT, UART_INTERRUPT_RX);
    while ((get(UART_STATE) & UART_STATE_RX_FULL) != 0) {
        const uint8_t byte = (uint8_t)get(UART_DATA);
        if (arrived - taken < RING) {
            ring[arrived % RING] = byte;
            arrived = arrived + 1;
        }
    }
}

void serial_start(void) {
    put(UART_DIVIDER, DIVIDER);
    put(UART_CONTROL, UART_CONTROL_TX);
    enable_interrupt(EDGE_SERIAL_INTERRUPT);
}

void serial_stop(void) { put(UART_CONTROL, 0); }

bool serial_waits(void) { return arrived != taken; }

uint32_t port_receive(uint8_t *out, uint32_t most) {
    /* Only who asks for bytes begins to take them: a boot stage that starts an application right
     * away leaves them to it. */
    put(UART_CONTROL, UART_CONTROL_TX | UART_CONTROL_RX | UART_CONTROL_RX_INTERRUPT);
    uint32_t bytes = 0;
    while (bytes < most && arrived != taken) {
        out[bytes++] = ring[taken % RING];
        taken = taken + 1;
    }
    return bytes;
}

bool port_send(const uint8_t *data, uint32_t bytes) {
    const uint32_t since = port_milliseconds();
    for (uint32_t i = 0; i < bytes; i++) {
        while ((get(UART_STATE) & UART_STATE_TX_FULL) != 0) {
            if (tick_passed(since, 1000)) return false;
        }
        put(UART_DATA, data[i]);
    }
    return true;
}
