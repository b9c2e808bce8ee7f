/* Parts of the accelerator by themselves, for tests. */
#ifndef EDGE_FPGA_PARTS_H
#define EDGE_FPGA_PARTS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* cffi:begin */
/* One ternary matmul, with the arguments of an edge_matmul_function in engine.h; ports aligned to 16
 * bytes. Returns bad_shape or too_large and touches nothing, or out_of_range from the checked
 * build, of which edge_fpga_fault tells more. */
uint32_t edge_fpga_matmul(const uint8_t *const *ports, uint32_t rows, uint32_t tiles,
                          uint32_t tokens, const int8_t *codes, int32_t *sums);
/* cffi:end */

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
