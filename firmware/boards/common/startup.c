#include "startup.h"

#include <string.h>

#include "../../lib/port.h"
#include "../../secure/handover.h"
#include "../board.h"
#include "cortex_m33.h"

/* From the linker script, all aligned to four bytes. */
extern uint32_t edge_data_load[], edge_data_start[], edge_data_end[];
extern uint32_t edge_bss_start[], edge_bss_end[], edge_stack_top[];

int main(void);

void *port_retained(void) { return (void *)(uintptr_t)EDGE_RETAINED; }

static uint32_t bytes_between(const uint32_t *from, const uint32_t *to) {
    return (uint32_t)((uintptr_t)to - (uintptr_t)from);
}

void reset_handler(void) {
    __asm volatile("msr msplim, %0" ::"r"(edge_bss_end)); /* a stack that grows too far faults */
    put(CORTEX_VTOR, (uint32_t)(uintptr_t)edge_vectors);
    put(CORTEX_CPACR, get(CORTEX_CPACR) | CORTEX_CPACR_FPU);
    barrier();
    /* An application, copied to RAM whole, has its data in place: this moves them to themselves. */
    memmove(edge_data_start, edge_data_load, bytes_between(edge_data_start, edge_data_end));
    memset(edge_bss_start, 0, bytes_between(edge_bss_start, edge_bss_end));
    (void)main();
    startup_reset();
}

void startup_reset(void) {
    barrier();
    put(CORTEX_AIRCR, CORTEX_AIRCR_RESET);
    for (;;) barrier();
}

void startup_jump(uint32_t vectors) {
    interrupts_off();
    put(CORTEX_SYSTICK_CONTROL, 0);
    put(CORTEX_ICSR, CORTEX_ICSR_UNPEND_SYSTICK);
    for (uint32_t word = 0; word < 16; word++) {
        put(CORTEX_NVIC_DISABLE + 4 * word, 0xFFFFFFFFu);
        put(CORTEX_NVIC_UNPEND + 4 * word, 0xFFFFFFFFu);
    }
    put(CORTEX_VTOR, vectors);
    barrier();
    /* As after a reset: interrupts allowed, none enabled, the stack that the image asks for. */
    __asm volatile("msr msplim, %2\n msr msp, %0\n cpsie i\n bx %1" ::"r"(get(vectors)),
                   "r"(get(vectors + 4)), "r"(0));
    __builtin_unreachable();
}

/* Eight hexadecimal digits and the zero that ends them. */
static void hexadecimal(char text[9], uint32_t value) {
    for (uint32_t i = 0; i < 8; i++) {
        text[i] = "0123456789abcdef"[value >> (28 - 4 * i) & 15u];
    }
    text[8] = '\0';
}

/* `frame` is what the processor has put on the stack, where that can be read; its word 6 is the
 * address of the instruction at fault. */
void startup_fault(const uint32_t *frame, uint32_t number) {
    char where[9] = "stack";
    const uintptr_t at = (uintptr_t)frame;
    const bool inside = at >= (uintptr_t)edge_bss_end && at + 32 <= (uintptr_t)edge_stack_top;
    if (inside && at % 4 == 0) hexadecimal(where, frame[6]);
    edge_handover_note(edge_handover_open(port_retained()), 0x200u + number, where);
    port_reset();
}
