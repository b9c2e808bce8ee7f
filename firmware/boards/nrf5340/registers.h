/* The registers of the nRF5340's application core that this port uses, at their secure addresses.
 * From the nRF5340 Product Specification v1.x; the chapter stands beside each block.
 */
#ifndef EDGESDK_NRF5340_REGISTERS_H
#define EDGESDK_NRF5340_REGISTERS_H

#include "../common/cortex_m33.h"

/* Device information (FICR). */
enum {
    FICR_DEVICE_ID = 0x00FF0204, /* two words */
    FICR_PART = 0x00FF020C,      /* 0x5340 */
    FICR_VARIANT = 0x00FF0210,   /* four characters; "EMUL" in an emulator */
    FICR_TRIM = 0x00FF0300,      /* 32 pairs of address and value, ended by an address of ones */
    VARIANT_EMULATED = 0x454D554C,
};

/* Clock, reset and power control share a block. */
enum {
    CLOCK_START_HFCLK = 0x50005000,
    CLOCK_HFCLK_STARTED = 0x50005100,
    RESET_REASON = 0x50005400, /* a bit each; cleared by writing ones */
    POWER_RETAINED = 0x5000551C, /* eight bits that a reset leaves as they are */
    CLOCK_HFCLK_SOURCE = 0x50005514, /* 1: the crystal */
    CLOCK_HFCLK_CONTROL = 0x50005558, /* 0: 128 MHz, 1: 64 MHz */

    RESET_BY_PIN = 1 << 0,
    RESET_BY_WATCHDOG = 1 << 1,
    RESET_BY_SOFTWARE = 1 << 3,
    RESET_BY_LOCKUP = 1 << 4,
};

/* Flash cache. */
enum { CACHE_ENABLE = 0x50001500, CACHE_INVALIDATE = 0x50001504 };

/* System protection unit: the flash in regions of 16 KiB. */
enum {
    SPU_FLASH_PERMISSION = 0x50003600,
    SPU_REGION = 16384,
    SPU_EXECUTE = 1 << 0,
    SPU_READ = 1 << 2,
    SPU_SECURE = 1 << 4,
    SPU_LOCK = 1 << 8, /* until the next reset */
};

/* Flash controller. */
enum {
    NVMC_READY = 0x50039400,
    NVMC_CONFIG = 0x50039504,
    NVMC_READ_ONLY = 0,
    NVMC_WRITE = 1,
    NVMC_ERASE = 2,
};

/* Watchdog 0. */
enum {
    WATCHDOG_START = 0x50018000,
    WATCHDOG_RUNS = 0x50018400,
    WATCHDOG_RELOAD_VALUE = 0x50018504, /* periods of 32,768 Hz, minus one */
    WATCHDOG_REQUESTS = 0x50018508,
    WATCHDOG_CONFIG = 0x5001850C, /* 1: counts while the processor sleeps, stops for a debugger */
    WATCHDOG_FEED = 0x50018600,
    WATCHDOG_FOOD = 0x6E524635,
};

/* Serial port 0 with EasyDMA. */
enum {
    UARTE_START_RX = 0x50008000,
    UARTE_STOP_RX = 0x50008004,
    UARTE_START_TX = 0x50008008,
    UARTE_STOP_TX = 0x5000800C,
    UARTE_FLUSH_RX = 0x5000802C,
    UARTE_RX_READY = 0x50008108, /* a byte has arrived */
    UARTE_RX_END = 0x50008110,   /* the buffer is full */
    UARTE_TX_END = 0x50008120,
    UARTE_ERROR = 0x50008124,
    UARTE_RX_STOPPED = 0x50008144,
    UARTE_RX_STARTED = 0x5000814C, /* the next buffer may be named now */
    UARTE_TX_STOPPED = 0x50008158,
    UARTE_PUBLISH_RX_READY = 0x50008188,
    UARTE_SHORTS = 0x50008200,
    UARTE_INTERRUPT_SET = 0x50008304,
    UARTE_INTERRUPT_CLEAR = 0x50008308,
    UARTE_ERROR_SOURCE = 0x50008480,
    UARTE_ENABLE = 0x50008500,
    UARTE_PIN_RTS = 0x50008508,
    UARTE_PIN_TXD = 0x5000850C,
    UARTE_PIN_CTS = 0x50008510,
    UARTE_PIN_RXD = 0x50008514,
    UARTE_BAUD = 0x50008524,
    UARTE_RX_POINTER = 0x50008534,
    UARTE_RX_BYTES = 0x50008538,
    UARTE_TX_POINTER = 0x50008544,
    UARTE_TX_BYTES = 0x50008548,
    UARTE_CONFIG = 0x5000856C,

    UARTE_SHORT_END_TO_START = 1 << 5, /* a full buffer starts the next */
    UARTE_ON_RX_READY = 1 << 2,        /* interrupts have the numbers of their events */
    UARTE_ON_ERROR = 1 << 9,
    UARTE_ON_RX_STARTED = 1 << 19,
    UARTE_ENABLED = 8,
    UARTE_BAUD_1M = 0x10000000,
    UARTE_OVERRUN = 1,
};

/* Timer 0 counts events, and the DPPI carries them. */
enum {
    TIMER_START = 0x5000F000,
    TIMER_STOP = 0x5000F004,
    TIMER_CLEAR = 0x5000F00C,
    TIMER_CAPTURE = 0x5000F040,
    TIMER_SUBSCRIBE_COUNT = 0x5000F088,
    TIMER_MODE = 0x5000F504,  /* 2: low-power counter */
    TIMER_WIDTH = 0x5000F508, /* 3: 32 bits */
    TIMER_CAPTURED = 0x5000F540,
    DPPI_ENABLE = 0x50017504,  /* a bit for each channel */
    DPPI_DISABLE = 0x50017508,
    DPPI_ON = (int)0x80000000u, /* in PUBLISH and SUBSCRIBE, beside the channel's number */
};

/* Pins of port 0. */
enum {
    GPIO_SET = 0x50842508,
    GPIO_OUTPUT = 0x50842518,
    GPIO_PIN = 0x50842700, /* a word each */
    GPIO_PULL_UP = 3 << 2,
};

#endif
