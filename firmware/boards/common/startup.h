/* From the reset to main, from the boot stage to the application, and what a fault does. */
#ifndef EDGESDK_BOARDS_STARTUP_H
#define EDGESDK_BOARDS_STARTUP_H

#include <stdint.h>

extern const uintptr_t edge_vectors[]; /* vectors.c */

void reset_handler(void) __attribute__((noreturn));
void systick_handler(void); /* tick.c */
void serial_handler(void);  /* a board's, for the interrupt that its description names */

/* What a port does once its peripherals are still: forgets all interrupts and starts the image
 * whose vector table is at `vectors`. */
void startup_jump(uint32_t vectors) __attribute__((noreturn));
void startup_reset(void) __attribute__((noreturn));
/* Remembers the fault for the next run, which it begins. */
void startup_fault(const uint32_t *frame, uint32_t number) __attribute__((noreturn));

#endif
