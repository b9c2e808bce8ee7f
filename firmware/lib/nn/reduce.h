/* MEAN, SUM, REDUCE_MAX and REDUCE_MIN of int8 or int16 over some axes. */
#ifndef EDGESDK_NN_REDUCE_H
#define EDGESDK_NN_REDUCE_H

#include "kernel.h"

/* cffi:begin */
enum { EDGE_REDUCE_SUM = 0, EDGE_REDUCE_LARGEST = 1, EDGE_REDUCE_SMALLEST = 2 };

struct edge_reduce {
    uint32_t input;  /* arena */
    uint32_t output; /* arena: one number for each place of the kept axes */
    uint32_t size;   /* bytes of an element: 1 or 2 */
    uint32_t kind;   /* EDGE_REDUCE_... */
    uint32_t kept[3];            /* sizes, from the outermost axis to the innermost */
    uint32_t kept_strides[3];    /* in elements of the input */
    uint32_t reduced[3];         /* sizes */
    uint32_t reduced_strides[3]; /* in elements of the input */
    int32_t zeros;               /* taken from a sum: zero point times count */
    int32_t multiplier;          /* of a sum; the mean's divisor is in it */
    int32_t shift;
    int32_t output_zero;
};

bool edge_reduce_check(const struct edge_reduce *record, const struct edge_limits *limits);
void edge_reduce(const struct edge_reduce *record, const struct edge_memory *memory);
/* cffi:end */

#endif
