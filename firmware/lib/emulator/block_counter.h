/* Counts the instructions of an emulated Cortex-M as an emulator begins its basic blocks.
 *
 * Unicorn calls edge_count_block before each block that it runs (UC_HOOK_BLOCK). A call costs a few
 * nanoseconds, which a callback in Python would not; so every instruction is counted, always.
 */
#ifndef EDGESDK_EMULATOR_BLOCK_COUNTER_H
#define EDGESDK_EMULATOR_BLOCK_COUNTER_H

#include <stdint.h>

/* cffi:begin */
struct edge_block_counter {
    uint64_t count;      /* instructions begun */
    uint64_t limit;      /* no block begins from this count on: the emulator is stopped instead */
    uint64_t stop;       /* address of its function that does so, which takes the engine */
    uint64_t base[3];    /* where the guest has memory with code, */
    uint64_t size[3];    /* bytes of it, */
    uint64_t host[3];    /* and where it lies in this process */
    uint64_t known[4096]; /* address, bytes and instructions of blocks that were counted before */
};

void edge_count_block(void *engine, uint64_t address, uint32_t size, void *counter);
/* cffi:end */

#endif
