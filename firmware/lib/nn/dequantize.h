/* DEQUANTIZE: int8, uint8 or int16 to float32. */
#ifndef EDGESDK_NN_DEQUANTIZE_H
#define EDGESDK_NN_DEQUANTIZE_H

#include "kernel.h"

/* cffi:begin */
struct edge_dequantize {
    uint32_t input;  /* arena */
    uint32_t output; /* arena: float32 */
    uint32_t size;   /* bytes of an input: 1 or 2 */
    uint32_t is_signed; /* 0: uint8 */
    uint32_t count;
    uint32_t scale;  /* a float32's bits */
    int32_t zero;
};

bool edge_dequantize_check(const struct edge_dequantize *record, const struct edge_limits *limits);
void edge_dequantize(const struct edge_dequantize *record, const struct edge_memory *memory);
/* cffi:end */

#endif
