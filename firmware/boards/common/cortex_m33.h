/* The registers and instructions of a Cortex-M33 that a port needs (Armv8-M ARM, chapter D1). */
#ifndef EDGESDK_BOARDS_CORTEX_M33_H
#define EDGESDK_BOARDS_CORTEX_M33_H

#include <stdbool.h>
#include <stdint.h>

static inline void put(uint32_t address, uint32_t value) {
    *(volatile uint32_t *)(uintptr_t)address = value;
}

static inline uint32_t get(uint32_t address) { return *(volatile uint32_t *)(uintptr_t)address; }

#define CORTEX_DWT_CONTROL 0xE0001000u
#define CORTEX_DWT_CYCLES 0xE0001004u
#define CORTEX_SYSTICK_CONTROL 0xE000E010u
#define CORTEX_SYSTICK_RELOAD 0xE000E014u
#define CORTEX_SYSTICK_VALUE 0xE000E018u
#define CORTEX_NVIC_ENABLE 0xE000E100u /* a word for 32 interrupts each, 16 words */
#define CORTEX_NVIC_DISABLE 0xE000E180u
#define CORTEX_NVIC_UNPEND 0xE000E280u
#define CORTEX_ICSR 0xE000ED04u
#define CORTEX_VTOR 0xE000ED08u
#define CORTEX_AIRCR 0xE000ED0Cu
#define CORTEX_CPACR 0xE000ED88u
#define CORTEX_DEMCR 0xE000EDFCu

enum {
    CORTEX_AIRCR_RESET = 0x05FA0004, /* the key, SYSRESETREQ */
    CORTEX_ICSR_UNPEND_SYSTICK = 1 << 25,
    CORTEX_CPACR_FPU = 0xF << 20,    /* full access to CP10 and CP11 */
    CORTEX_DEMCR_TRACE = 1 << 24,
    CORTEX_SYSTICK_RUN = 7,          /* enabled, with interrupt, from the processor's clock */
};

static inline void interrupts_off(void) { __asm volatile("cpsid i" ::: "memory"); }
static inline void interrupts_on(void) { __asm volatile("cpsie i" ::: "memory"); }
static inline void wait_for_interrupt(void) { __asm volatile("dsb\n wfi" ::: "memory"); }
static inline void barrier(void) { __asm volatile("dsb\n isb" ::: "memory"); }

static inline void enable_interrupt(uint32_t number) {
    put(CORTEX_NVIC_ENABLE + number / 32 * 4, 1u << (number % 32));
}

#endif
