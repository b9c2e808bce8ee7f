/* GATHER of rows of a table that lies in the constants: an embedding.
 *
 * table[rows, run], indices[count], output[count, run]. An index outside the table takes the nearest
 * row that is inside. */
#ifndef EDGESDK_NN_EMBED_H
#define EDGESDK_NN_EMBED_H

#include "kernel.h"

/* cffi:begin */
struct edge_embed {
    uint32_t table;   /* constants */
    uint32_t indices; /* arena: int32 */
    uint32_t output;  /* arena */
    uint32_t rows;
    uint32_t count; /* how many are chosen */
    uint32_t run;   /* bytes of a row */
};

bool edge_embed_check(const struct edge_embed *record, const struct edge_limits *limits);
void edge_embed(const struct edge_embed *record, const struct edge_memory *memory);
/* cffi:end */

#endif
