/* What every kernel shares: where its tensors are, and how a plan's numbers are checked.
 *
 * A kernel K of the runtime is one header and one source file: a struct of fixed-width numbers
 * (the record in the execution plan, little-endian, a multiple of four bytes, no padding), a check
 * that the device calls once before it runs a plan, and a run:
 *
 *     struct edge_K { ... };
 *     bool edge_K_check(const struct edge_K *record, const struct edge_limits *limits);
 *     void edge_K(const struct edge_K *record, const struct edge_memory *memory);
 *
 * Fields that name a tensor or scratch hold byte offsets into the arena; fields that name weights,
 * biases or tables hold byte offsets into the constants. After check, run never reads or writes
 * outside them, whatever the numbers are. operators.def lists the kernels.
 */
#ifndef EDGESDK_NN_KERNEL_H
#define EDGESDK_NN_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

/* cffi:begin */
struct edge_limits {
    uint32_t arena;     /* bytes */
    uint32_t constants; /* bytes */
};

struct edge_memory {
    uint8_t *arena;           /* 16-byte aligned */
    const uint8_t *constants; /* 16-byte aligned */
};
/* cffi:end */

/* Whether count items of `size` bytes at a byte offset lie inside a space of so many bytes, aligned
 * to `size`. Products and sums cannot overflow. */
static inline bool edge_inside(uint32_t offset, uint64_t count, uint32_t size, uint32_t space) {
    if (count > UINT32_MAX || (offset & (size - 1u)) != 0u) return false; /* size: 1, 2, 4 or 8 */
    return (uint64_t)offset + count * size <= space;
}

#endif
