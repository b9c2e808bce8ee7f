/* A boot stage that does what it is told, a letter at a time, and says what came of it. */
#include <string.h>

#include "../../../firmware/boards/board.h"
#include "../../../firmware/boards/common/cortex_m33.h"
#include "../../../firmware/lib/port.h"
#include "../../../firmware/secure/handover.h"

enum { FREE_PAGE = 0x10000 };

static void say(const char *text, uint32_t value) {
    char line[64];
    uint32_t n = 0;
    while (*text != '\0') line[n++] = *text++;
    line[n++] = ' ';
    for (uint32_t i = 0; i < 8; i++) line[n++] = "0123456789abcdef"[value >> (28 - 4 * i) & 15u];
    line[n++] = '\n';
    (void)port_send((const uint8_t *)line, n);
}

static uint8_t next_byte(void) {
    uint8_t byte;
    while (port_receive(&byte, 1) == 0) {
        port_feed_watchdog();
        port_idle();
    }
    return byte;
}

static uint32_t deeper(uint32_t n) {
    volatile uint32_t page[256];
    page[n % 256] = n;
    return n == 0 ? 0 : deeper(n + 1) + page[n % 256];
}

static uint32_t stored(void) {
    uint32_t word = 0;
    (void)port_flash()->read(NULL, FREE_PAGE, &word, 4);
    return word;
}

static void program(uint32_t word) {
    const bool done = port_flash()->program(port_flash()->context, FREE_PAGE, &word, 4);
    say(done ? "programmed" : "failed", stored());
}

/* Two instructions a round. */
static uint32_t counted_loop(uint32_t rounds) {
    const uint32_t start = port_count();
    __asm volatile("1: subs %0, #1\n bne 1b" : "+r"(rounds)::"cc");
    return port_count() - start;
}

/* Bytes come back as they are, until a zero, with sums of floating point under way. */
static void echo(void) {
    volatile float sum = 0.0f;
    for (;;) {
        uint8_t piece[700];
        const uint32_t got = port_receive(piece, sizeof piece);
        (void)port_send(piece, got);
        if (got != 0 && piece[got - 1] == 0) return;
        for (uint32_t i = 0; i < 100; i++) sum = sum * 0.5f + (float)i;
        if (got == 0) port_idle();
    }
}

static void obey(uint8_t letter) {
    switch (letter) {
    case 'c': say("loop", counted_loop(100000)); say("loop", counted_loop(200000)); break;
    case 'e': echo(); break;
    case 'f': (void)*(volatile uint32_t *)0x70000000u; break;
    case 'i': __asm volatile("udf #0"); break;
    case 'j': port_jump(EDGE_BOOT_ADDRESS); break;
    case 'l': put(CORTEX_VTOR, 0x70000000u); __asm volatile("udf #0"); break;
    case 'o': say("deep", deeper(1)); break;
    case 'p': say("protected", port_protect_boot()); (void)port_flash()->erase(NULL, 0); break;
    case 'r': port_reset(); break;
    case 't': say("milliseconds", port_milliseconds()); break;
    case 'w': for (;;) __asm volatile("nop");
    case '0': say(port_flash()->erase(NULL, FREE_PAGE) ? "erased" : "failed", stored()); break;
    case '1': program(0xFFFF0F0Fu); break;
    case '2': program(0x12345678u); break;
    default: say("unknown", letter);
    }
}

int main(void) {
    port_init();
    struct edge_handover *handover = edge_handover_open(port_retained());
    say("reset", (uint32_t)port_reset_reason());
    for (uint8_t i = 0; i < handover->used; i++) {
        say(handover->errors[i].where, handover->errors[i].reason);
    }
    for (;;) obey(next_byte());
}
