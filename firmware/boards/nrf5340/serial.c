/* Bytes arrive by DMA into two halves of a ring, the one starting where the other ends without the
 * processor; timer 0 counts them, carried by the DPPI, and so says how far the DMA has come. The
 * processor names the next half whenever one starts, for which it has 82 ms. The application runs
 * from RAM, where nothing holds it up. The boot stage runs from flash and stands still while a page
 * is erased, 87 ms at most; but it takes one request at a time, so that the line has paused.
 */
#include "serial.h"

#include <string.h>

#include "../../lib/port.h"
#include "../board.h"
#include "../common/startup.h"
#include "../common/tick.h"
#include "registers.h"

enum {
    HALF = 8192,     /* bytes; more than a host may have under way */
    RING = 2 * HALF,
    PIECE = 512,     /* bytes of an answer that the DMA cannot take from where they lie */
    CHANNEL = 0,     /* of the DPPI */
    PIN_TXD = 20, PIN_RXD = 22,
    SETTLE = 64,     /* cycles, half a microsecond: a byte is counted before it is in memory */
};

static uint8_t ring[RING] __attribute__((aligned(4)));
static uint8_t sending[PIECE] __attribute__((aligned(4)));
static uint8_t rest[8] __attribute__((aligned(4)));
static uint32_t taken;          /* bytes out of the ring since the start, modulo 2^32 */
static volatile uint32_t halves; /* that the DMA has begun */

static void receive_from_start(void) {
    put(TIMER_STOP, 1);
    put(TIMER_CLEAR, 1);
    taken = 0;
    halves = 0;
    put(UARTE_RX_STARTED, 0);
    put(UARTE_RX_POINTER, (uint32_t)(uintptr_t)ring);
    put(UARTE_RX_BYTES, HALF);
    put(TIMER_START, 1);
    put(UARTE_START_RX, 1);
}

/* At most five more bytes: 50 us, which is less than a thousand rounds. */
static void wait_for(uint32_t event) {
    for (uint32_t i = 0; i < 10000 && get(event) == 0; i++) barrier();
}

static void stop_receiving(void) {
    put(UARTE_SHORTS, 0);
    put(UARTE_RX_STOPPED, 0);
    put(UARTE_STOP_RX, 1);
    wait_for(UARTE_RX_STOPPED);
    /* What the receiver still holds must not lead the next buffer, for it has been counted. */
    put(UARTE_RX_POINTER, (uint32_t)(uintptr_t)rest);
    put(UARTE_RX_BYTES, sizeof rest);
    put(UARTE_RX_END, 0);
    put(UARTE_FLUSH_RX, 1);
    wait_for(UARTE_RX_END);
}

void serial_handler(void) {
    if (get(UARTE_RX_STARTED) != 0) {
        put(UARTE_RX_STARTED, 0);
        halves = halves + 1;
        put(UARTE_RX_POINTER, (uint32_t)(uintptr_t)(ring + halves % 2 * HALF));
    }
    if (get(UARTE_ERROR) != 0) {
        const uint32_t source = get(UARTE_ERROR_SOURCE);
        put(UARTE_ERROR, 0);
        put(UARTE_ERROR_SOURCE, source);
        /* The counter and the DMA may differ from now on: begin again, the protocol repeats. */
        if ((source & UARTE_OVERRUN) != 0) {
            stop_receiving();
            receive_from_start();
            put(UARTE_SHORTS, UARTE_SHORT_END_TO_START);
        }
    }
    /* Only port_idle waits for bytes, for one at a time. */
    put(UARTE_INTERRUPT_CLEAR, UARTE_ON_RX_READY);
    put(UARTE_RX_READY, 0);
    (void)get(UARTE_RX_READY); /* the write has arrived before the interrupt ends */
}

static void count_bytes(void) {
    put(TIMER_MODE, 2);
    put(TIMER_WIDTH, 3);
    put(UARTE_PUBLISH_RX_READY, (uint32_t)DPPI_ON | CHANNEL);
    put(TIMER_SUBSCRIBE_COUNT, (uint32_t)DPPI_ON | CHANNEL);
    put(DPPI_ENABLE, 1u << CHANNEL);
}

void serial_start(void) {
    put(GPIO_SET, 1u << PIN_TXD);
    put(GPIO_OUTPUT, 1u << PIN_TXD);
    put(GPIO_PIN + 4 * PIN_TXD, 3); /* an output whose input is not connected */
    put(GPIO_PIN + 4 * PIN_RXD, GPIO_PULL_UP);
    put(UARTE_PIN_TXD, PIN_TXD);
    put(UARTE_PIN_RXD, PIN_RXD);
    put(UARTE_PIN_RTS, 0xFFFFFFFFu);
    put(UARTE_PIN_CTS, 0xFFFFFFFFu);
    put(UARTE_BAUD, UARTE_BAUD_1M);
    put(UARTE_CONFIG, 0);
    put(UARTE_ENABLE, UARTE_ENABLED);
    count_bytes();
    put(UARTE_INTERRUPT_SET, UARTE_ON_RX_STARTED | UARTE_ON_ERROR);
    enable_interrupt(EDGE_SERIAL_INTERRUPT);
}

/* Only who asks for bytes begins to take them: a boot stage that starts an application right away
 * leaves them to it, as far as the line can hold them. */
static void listen(void) {
    static bool listening;
    if (listening) return;
    listening = true;
    receive_from_start();
    put(UARTE_SHORTS, UARTE_SHORT_END_TO_START);
}

void serial_stop(void) {
    put(UARTE_INTERRUPT_CLEAR, 0xFFFFFFFFu);
    stop_receiving();
    put(UARTE_TX_STOPPED, 0);
    put(UARTE_STOP_TX, 1);
    wait_for(UARTE_TX_STOPPED);
    put(UARTE_ENABLE, 0);
    put(UARTE_PUBLISH_RX_READY, 0);
    put(TIMER_SUBSCRIBE_COUNT, 0);
    put(DPPI_DISABLE, 1u << CHANNEL);
    put(TIMER_STOP, 1);
}

/* Bytes that wait in the ring. */
static uint32_t waiting(void) {
    put(TIMER_CAPTURE, 1);
    const uint32_t arrived = get(TIMER_CAPTURED);
    for (uint32_t i = 0; i < SETTLE; i++) __asm volatile("nop");
    if (arrived - taken > RING) taken = arrived; /* nobody fetched them in time: all are lost */
    return arrived - taken;
}

uint32_t port_receive(uint8_t *out, uint32_t most) {
    listen();
    interrupts_off(); /* a new beginning after an overrun must not come between */
    uint32_t bytes = waiting();
    if (bytes > most) bytes = most;
    const uint32_t at = taken % RING;
    const uint32_t first = bytes < RING - at ? bytes : RING - at;
    memcpy(out, ring + at, first);
    memcpy(out + first, ring, bytes - first);
    taken += bytes;
    interrupts_on();
    return bytes;
}

static bool send_piece(const uint8_t *data, uint32_t bytes, uint32_t since) {
    put(UARTE_TX_END, 0);
    put(UARTE_TX_POINTER, (uint32_t)(uintptr_t)data);
    put(UARTE_TX_BYTES, bytes);
    put(UARTE_START_TX, 1);
    while (get(UARTE_TX_END) == 0) {
        if (tick_passed(since, 1000)) return false;
    }
    return true;
}

/* The DMA reads RAM only. */
static bool in_ram(const uint8_t *data) { return ((uintptr_t)data >> 28) == 2; }

bool port_send(const uint8_t *data, uint32_t bytes) {
    const uint32_t since = port_milliseconds();
    while (bytes != 0) {
        uint32_t now = bytes;
        const uint8_t *from = data;
        if (!in_ram(data)) {
            if (now > PIECE) now = PIECE;
            memcpy(sending, data, now);
            from = sending;
        } else if (now > 0x8000) {
            now = 0x8000;
        }
        if (!send_piece(from, now, since)) return false;
        data += now;
        bytes -= now;
    }
    return true;
}

void port_idle(void) {
    listen();
    interrupts_off();
    put(UARTE_RX_READY, 0);
    put(UARTE_INTERRUPT_SET, UARTE_ON_RX_READY);
    if (waiting() == 0) wait_for_interrupt();
    interrupts_on();
}
