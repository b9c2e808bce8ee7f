/* LOG_SOFTMAX of int8 over the last axis, to int8 of 1/16 below 127.
 *
 * The table is SOFTMAX's: exp(-d * scale) as Q0.31 for the distances d = 0, 1, ... . */
#ifndef EDGESDK_NN_LOG_SOFTMAX_H
#define EDGESDK_NN_LOG_SOFTMAX_H

#include "kernel.h"

/* cffi:begin */
struct edge_log_softmax {
    uint32_t input;  /* arena: int8[rows, depth] */
    uint32_t output; /* arena: int8[rows, depth] */
    uint32_t rows;
    uint32_t depth;
    uint32_t table;   /* constants: int32[entries] */
    uint32_t entries; /* 1 to 256 */
    int32_t multiplier; /* from a distance to Q5.26 */
    int32_t shift;
    int32_t reverse_multiplier; /* and back */
    int32_t reverse_shift;
    int32_t farthest; /* the least distance (negative) that counts */
};

bool edge_log_softmax_check(const struct edge_log_softmax *record,
                            const struct edge_limits *limits);
void edge_log_softmax(const struct edge_log_softmax *record, const struct edge_memory *memory);
/* cffi:end */

#endif
