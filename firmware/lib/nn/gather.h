/* GATHER along one axis. An index outside the axis takes the nearest that is inside.
 *
 * input[batches, outer, axis, run], indices[batches, count], output[batches, outer, count, run]. */
#ifndef EDGESDK_NN_GATHER_H
#define EDGESDK_NN_GATHER_H

#include "kernel.h"

/* cffi:begin */
struct edge_gather {
    uint32_t input;   /* arena */
    uint32_t indices; /* arena: int32 */
    uint32_t output;  /* arena */
    uint32_t batches;
    uint32_t outer;
    uint32_t axis;  /* how many there are to choose from */
    uint32_t count; /* how many are chosen */
    uint32_t run;   /* bytes */
};

bool edge_gather_check(const struct edge_gather *record, const struct edge_limits *limits);
void edge_gather(const struct edge_gather *record, const struct edge_memory *memory);
/* cffi:end */

#endif
