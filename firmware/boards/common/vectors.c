/* The vector table. */
#include "../board.h"
#include "startup.h"

extern uint32_t edge_stack_top[];
void fault_handler(void);

/* Every fault comes here: the stack, and the number of the exception. Nothing uses another stack
 * than the main one. Its limit is lifted, or the handler of an overflow would overflow: what lies
 * below is no longer needed. */
__attribute__((naked)) void fault_handler(void) {
    __asm volatile("mrs r0, msp\n mrs r1, ipsr\n movs r2, #0\n msr msplim, r2\n b startup_fault");
}

enum { SYSTEM = 16, INTERRUPTS = 96 };

__attribute__((section(".vectors"), used)) const uintptr_t edge_vectors[SYSTEM + INTERRUPTS] = {
    [0] = (uintptr_t)edge_stack_top,
    [1] = (uintptr_t)reset_handler,
    [2] = (uintptr_t)fault_handler,
    [3] = (uintptr_t)fault_handler,
    [4] = (uintptr_t)fault_handler,
    [5] = (uintptr_t)fault_handler,
    [6] = (uintptr_t)fault_handler,
    [7] = (uintptr_t)fault_handler,
    [11] = (uintptr_t)fault_handler,
    [12] = (uintptr_t)fault_handler,
    [14] = (uintptr_t)fault_handler,
    [15] = (uintptr_t)systick_handler,
    [SYSTEM + EDGE_SERIAL_INTERRUPT] = (uintptr_t)serial_handler,
};
