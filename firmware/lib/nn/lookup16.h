/* Any function of an int16: between the entries of a table of 513 it is a straight line. */
#ifndef EDGESDK_NN_LOOKUP16_H
#define EDGESDK_NN_LOOKUP16_H

#include "kernel.h"

/* cffi:begin */
struct edge_lookup16 {
    uint32_t input;  /* arena: int16 */
    uint32_t output; /* arena: int16 */
    uint32_t count;
    uint32_t table;  /* constants: int16[513], for -32768, -32640, ... 32768 */
};

bool edge_lookup16_check(const struct edge_lookup16 *record, const struct edge_limits *limits);
void edge_lookup16(const struct edge_lookup16 *record, const struct edge_memory *memory);
/* cffi:end */

#endif
