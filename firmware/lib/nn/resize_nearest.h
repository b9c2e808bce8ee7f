/* RESIZE_NEAREST_NEIGHBOR: each row and each column of the output is one of the input's. */
#ifndef EDGESDK_NN_RESIZE_NEAREST_H
#define EDGESDK_NN_RESIZE_NEAREST_H

#include "kernel.h"

/* cffi:begin */
struct edge_resize_nearest {
    uint32_t input;   /* arena: [batches, input_height, input_width, run bytes] */
    uint32_t output;  /* arena: [batches, output_height, output_width, run bytes] */
    uint32_t batches;
    uint32_t input_height;
    uint32_t input_width;
    uint32_t output_height;
    uint32_t output_width;
    uint32_t run;
    uint32_t rows;    /* constants: uint16[output_height] */
    uint32_t columns; /* constants: uint16[output_width] */
};

bool edge_resize_nearest_check(const struct edge_resize_nearest *record,
                               const struct edge_limits *limits);
void edge_resize_nearest(const struct edge_resize_nearest *record,
                         const struct edge_memory *memory);
/* cffi:end */

#endif
