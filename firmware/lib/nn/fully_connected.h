/* FULLY_CONNECTED of int8: output[batch][unit] = sum over depth of input * weight.
 *
 * Weights are int8[units][depth rounded up to a multiple of four by zeros].
 */
#ifndef EDGESDK_NN_FULLY_CONNECTED_H
#define EDGESDK_NN_FULLY_CONNECTED_H

#include "kernel.h"

/* cffi:begin */
struct edge_fully_connected {
    uint32_t input;     /* arena: int8[batches, depth] */
    uint32_t output;    /* arena: int8[batches, units] */
    uint32_t weights;   /* constants: int8[units][depth] */
    uint32_t rescaling; /* constants: int32[units][4]: channels.h */
    uint32_t batches;
    uint32_t depth;
    uint32_t units;
    int32_t input_zero;
    int32_t output_zero;
    int32_t low;
    int32_t high;
};

bool edge_fully_connected_check(const struct edge_fully_connected *record,
                                const struct edge_limits *limits);
void edge_fully_connected(const struct edge_fully_connected *record,
                          const struct edge_memory *memory);
void edge_fully_connected_dsp(const struct edge_fully_connected *record,
                              const struct edge_memory *memory);
/* cffi:end */

#endif
