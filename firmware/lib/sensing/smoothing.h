/* Events out of the probabilities of a stage's windows: a mean, two thresholds, a shortest length.
 *
 * For each output with a label: the sum of its last `windows` probabilities over `windows` (what is
 * not there yet counts as 0) begins an event with the window in which it reaches `on`, and ends it with the
 * last one in which it is not below `off`. Events shorter than `shortest` are dropped. A window that
 * begins behind the end of the one before starts anew.
 */
#ifndef EDGESDK_SENSING_SMOOTHING_H
#define EDGESDK_SENSING_SMOOTHING_H

#include "event.h"
#include "event_queue.h"
#include "program.h"

enum { EDGE_SMOOTH_WINDOWS_MOST = 64 };

/* cffi:begin */
/* The values of a post-processing record, in this order. */
struct edge_smooth {
    int32_t windows;
    int32_t on, off;  /* Q15, off <= on */
    int32_t shortest; /* ticks */
};
/* cffi:end */

/* One output. Times are counted from the first tick. */
struct edge_smooth_track {
    uint64_t start, end, peak;
    uint32_t sum;  /* of the probabilities in the history */
    uint32_t best; /* the largest sum since the start */
    uint32_t is_open;
    uint32_t zero;
};

struct edge_smoothing {
    const struct edge_smooth *settings;
    const int32_t *labels; /* [outputs] */
    uint32_t outputs;
    struct edge_smooth_track *tracks; /* [outputs] */
    uint16_t *history;                /* [windows][outputs] Q15 */
    uint32_t newest;                  /* row of the history */
    uint64_t end;                     /* of the last window */
};

/* Bytes of the arena, a multiple of 16; 0 where the settings are refused. */
uint32_t edge_smoothing_bytes(const struct edge_smooth *settings, uint32_t outputs);

/* `memory`: edge_smoothing_bytes at a multiple of 16. */
void edge_smoothing_open(struct edge_smoothing *smoothing, const struct edge_smooth *settings,
                         const int32_t *labels, uint32_t outputs, uint8_t *memory);

/* Takes the probabilities [outputs] (Q15) of the window from start to end. */
void edge_smoothing_window(struct edge_smoothing *smoothing, uint64_t start, uint64_t end,
                           const uint16_t *probabilities, struct edge_event_queue *events);

/* Ends every open event: the signal breaks off. */
void edge_smoothing_finish(struct edge_smoothing *smoothing, struct edge_event_queue *events);

#endif
