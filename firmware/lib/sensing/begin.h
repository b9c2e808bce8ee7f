/* Between the two halves of the engine: open.c checks, sensing.c runs. */
#ifndef EDGESDK_SENSING_BEGIN_H
#define EDGESDK_SENSING_BEGIN_H

#include "sensing.h"

/* Everything is checked and has its place: facts have their first values, and the first stage waits
 * for a window at first_tick. */
void edge_sensing_begin(struct edge_sensing *sensing, uint64_t first_tick);

#endif
