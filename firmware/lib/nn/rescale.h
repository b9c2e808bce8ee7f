/* QUANTIZE from one quantised type to another, of int8, int16 or int32. */
#ifndef EDGESDK_NN_RESCALE_H
#define EDGESDK_NN_RESCALE_H

#include "kernel.h"

/* cffi:begin */
struct edge_rescale {
    uint32_t input;  /* arena */
    uint32_t output; /* arena */
    uint32_t input_size;  /* bytes of an element: 1, 2 or 4 */
    uint32_t output_size; /* likewise */
    uint32_t count;
    int32_t input_zero;
    int32_t output_zero;
    int32_t multiplier;
    int32_t shift;
};

bool edge_rescale_check(const struct edge_rescale *record, const struct edge_limits *limits);
void edge_rescale(const struct edge_rescale *record, const struct edge_memory *memory);
/* cffi:end */

#endif
