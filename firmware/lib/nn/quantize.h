/* QUANTIZE from float32 to int8, uint8 or int16. What is not a number becomes the lowest. */
#ifndef EDGESDK_NN_QUANTIZE_H
#define EDGESDK_NN_QUANTIZE_H

#include "kernel.h"

/* cffi:begin */
struct edge_quantize {
    uint32_t input;  /* arena: float32 */
    uint32_t output; /* arena */
    uint32_t size;   /* bytes of an output: 1 or 2 */
    uint32_t count;
    uint32_t scale;  /* a positive float32's bits */
    int32_t zero;
    int32_t low;
    int32_t high;
};

bool edge_quantize_check(const struct edge_quantize *record, const struct edge_limits *limits);
void edge_quantize(const struct edge_quantize *record, const struct edge_memory *memory);
/* cffi:end */

#endif
