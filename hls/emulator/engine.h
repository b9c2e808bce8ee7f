/* What a shared library of the accelerator exports to the emulator: one start of the decoder block. */
#ifndef EDGE_FPGA_ENGINE_H
#define EDGE_FPGA_ENGINE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* cffi:begin */
/* One start of the decoder block. `registers`: the block's words, register at byte offset o being
 * registers[o / 4]; outputs are written there. `memory`: the device's memory, whose address 0 is
 * device address `base`. Every range is checked against `size` before anything is touched (status
 * bus_error). Returns the status as well. Not reentrant. */
uint32_t edge_fpga_start(uint32_t *registers, uint8_t *memory, uint64_t base, uint64_t size);

/* "native", "checked" or "ap_int". */
const char *edge_fpga_build(void);

/* What went wrong in the last start, in words, where the status does not say it all: a value that left
 * its declared width (checked build). "" where nothing did. */
const char *edge_fpga_fault(void);

/* Let another engine do the ternary matmuls (the Verilated RTL); NULL: our own again.
 * ports[p]: words of 128 bits of port p for this matrix; codes int8 [tokens][96 * tiles];
 * sums int32 [tokens][rows]. Returns 0, or a status that ends the pass. */
typedef uint32_t (*edge_matmul_function)(void *context, const uint8_t *const *ports, uint32_t rows,
                                         uint32_t tiles, uint32_t tokens, const int8_t *codes,
                                         int32_t *sums);
void edge_fpga_set_matmul(edge_matmul_function function, void *context);
/* cffi:end */

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
