/* Gives every byte of a tensor one value. */
#ifndef EDGESDK_NN_FILL_H
#define EDGESDK_NN_FILL_H

#include "kernel.h"

/* cffi:begin */
struct edge_fill {
    uint32_t output; /* arena */
    uint32_t bytes;
    uint32_t value;
};

bool edge_fill_check(const struct edge_fill *record, const struct edge_limits *limits);
void edge_fill(const struct edge_fill *record, const struct edge_memory *memory);
/* cffi:end */

#endif
