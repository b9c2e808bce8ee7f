/* Any function of one byte: each becomes what a table of 256 bytes holds for it. */
#ifndef EDGESDK_NN_LOOKUP_H
#define EDGESDK_NN_LOOKUP_H

#include "kernel.h"

/* cffi:begin */
struct edge_lookup {
    uint32_t input;  /* arena: bytes */
    uint32_t output; /* arena: bytes */
    uint32_t count;
    uint32_t table;  /* constants: 256 bytes, by the input as an unsigned number */
};

bool edge_lookup_check(const struct edge_lookup *record, const struct edge_limits *limits);
void edge_lookup(const struct edge_lookup *record, const struct edge_memory *memory);
/* cffi:end */

#endif
