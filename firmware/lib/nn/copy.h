/* Moves numbers, an axis at a time: what slices, transposes, concatenates, splits and repeats.
 *
 * A number of bytes that lie together (`run`) is the unit. Strides and starts are in bytes. */
#ifndef EDGESDK_NN_COPY_H
#define EDGESDK_NN_COPY_H

#include "kernel.h"

/* cffi:begin */
struct edge_copy {
    uint32_t input;  /* arena */
    uint32_t output; /* arena */
    uint32_t input_start;  /* from the tensor's first byte to the first that is read */
    uint32_t output_start; /* likewise, that is written */
    uint32_t sizes[6];     /* from the outermost axis to the innermost */
    int32_t input_strides[6];
    int32_t output_strides[6];
    uint32_t run;
};

bool edge_copy_check(const struct edge_copy *record, const struct edge_limits *limits);
void edge_copy(const struct edge_copy *record, const struct edge_memory *memory);
/* cffi:end */

#endif
