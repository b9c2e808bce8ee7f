/* LOGISTIC and TANH of int16, to Q0.15. Between the entries of a table it is a straight line.
 *
 * tanh(x) = 2 * logistic(2 * x) - 1, so one table of the logistic function serves both. */
#ifndef EDGESDK_NN_SIGMOID16_H
#define EDGESDK_NN_SIGMOID16_H

#include "kernel.h"

/* cffi:begin */
struct edge_sigmoid16 {
    uint32_t input;  /* arena: int16 */
    uint32_t output; /* arena: int16 */
    uint32_t count;
    uint32_t is_tanh;
    int32_t multiplier; /* times the input, shifted right: in 1/(3 * 4096) */
    int32_t shift;
    uint32_t table; /* constants: uint16[256], the logistic function of 0, 1/24, ... */
};

bool edge_sigmoid16_check(const struct edge_sigmoid16 *record, const struct edge_limits *limits);
void edge_sigmoid16(const struct edge_sigmoid16 *record, const struct edge_memory *memory);
/* cffi:end */

#endif
