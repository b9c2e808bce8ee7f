/* SOFTMAX of int8 over the last axis, to int8 or int16 of 1/256 or 1/65536.
 *
 * The table holds exp(-d * scale * beta) as Q0.31 for the distances d = 0, 1, ... from a row's
 * largest number; what is further away counts nothing. */
#ifndef EDGESDK_NN_SOFTMAX_H
#define EDGESDK_NN_SOFTMAX_H

#include "kernel.h"

/* cffi:begin */
struct edge_softmax {
    uint32_t input;   /* arena: int8[rows, depth] */
    uint32_t output;  /* arena: int8 or int16[rows, depth] */
    uint32_t size;    /* bytes of an output: 1 or 2 */
    uint32_t rows;
    uint32_t depth;
    uint32_t table;   /* constants: int32[entries] */
    uint32_t entries; /* 1 to 256 */
};

bool edge_softmax_check(const struct edge_softmax *record, const struct edge_limits *limits);
void edge_softmax(const struct edge_softmax *record, const struct edge_memory *memory);
/* cffi:end */

#endif
