/* Which stage looks at which moment next: a table of transitions, and nothing else.
 *
 * After a window the cascade moves to a stage and ahead by a number of ticks, counted from when
 * that window was due: `hit` or `miss`, and `last` instead of `hit` where `limit` windows of the stage in
 * a row were hits.
 */
#ifndef EDGESDK_SENSING_CASCADE_H
#define EDGESDK_SENSING_CASCADE_H

#include "program.h"

/* cffi:begin */
struct edge_cascade {
    uint64_t tick;  /* when the window is due, counted from the first tick */
    uint32_t stage;
    uint32_t hits;  /* of this stage, in a row */
};

/* Moves on after a window of the current stage with that score; whether it was a hit. */
uint32_t edge_cascade_move(struct edge_cascade *cascade, const struct edge_stage_record *stages,
                           int32_t score);
/* cffi:end */

/* Back to the first stage, at a tick. */
void edge_cascade_restart(struct edge_cascade *cascade, uint64_t tick);

#endif
