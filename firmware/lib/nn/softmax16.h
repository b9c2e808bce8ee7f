/* SOFTMAX of int16 over the last axis, to Q0.15, by two tables of 513 numbers each. */
#ifndef EDGESDK_NN_SOFTMAX16_H
#define EDGESDK_NN_SOFTMAX16_H

#include "kernel.h"

/* cffi:begin */
struct edge_softmax16 {
    uint32_t input;  /* arena: int16[rows, depth] */
    uint32_t output; /* arena: int16[rows, depth] */
    uint32_t rows;
    uint32_t depth;
    int32_t multiplier; /* of distances from the largest: -65535 to 0 stand for -10 to 0 */
    int32_t shift;
    uint32_t exponentials; /* constants: int16[513], exp(x) for -10 to 0 */
    uint32_t inverses;     /* constants: int16[513], 1 / (1 + x) for 0 to 1 */
};

bool edge_softmax16_check(const struct edge_softmax16 *record, const struct edge_limits *limits);
void edge_softmax16(const struct edge_softmax16 *record, const struct edge_memory *memory);
/* cffi:end */

#endif
