/* Copies a constant into the arena, for a kernel that reads all its inputs there. */
#ifndef EDGESDK_NN_LOAD_H
#define EDGESDK_NN_LOAD_H

#include "kernel.h"

/* cffi:begin */
struct edge_load {
    uint32_t output; /* arena */
    uint32_t value;  /* constants */
    uint32_t bytes;
};

bool edge_load_check(const struct edge_load *record, const struct edge_limits *limits);
void edge_load(const struct edge_load *record, const struct edge_memory *memory);
/* cffi:end */

#endif
