/* Addresses on the MPS2+ with AN505, secure aliases. */
#ifndef EDGESDK_MPS2_AN505_REGISTERS_H
#define EDGESDK_MPS2_AN505_REGISTERS_H

#include "../common/cortex_m33.h"

/* Two words of the 32 KiB SRAM of the subsystem, which nothing else uses. */
enum { KEPT_REASON = 0x30000000, KEPT_RUNS = 0x30000004 };

/* CMSDK serial port 0. */
enum {
    UART_DATA = 0x50200000,
    UART_STATE = 0x50200004,
    UART_CONTROL = 0x50200008,
    UART_INTERRUPT = 0x5020000C, /* pending ones; cleared by writing ones */
    UART_DIVIDER = 0x50200010,

    UART_STATE_TX_FULL = 1 << 0,
    UART_STATE_RX_FULL = 1 << 1,
    UART_CONTROL_TX = 1 << 0,
    UART_CONTROL_RX = 1 << 1,
    UART_CONTROL_RX_INTERRUPT = 1 << 3,
    UART_INTERRUPT_RX = 1 << 1,
};

#endif
