/* The newest frames of a stream: one linear buffer, so that every window is contiguous.
 *
 * Frames are counted from 0 at the first tick. Where a part of the signal is missing a new segment
 * begins, and a window never spans two; what was before the gap stays until nobody needs it, so that
 * what is found does not depend on when it is looked for.
 */
#ifndef EDGESDK_SENSING_STREAMS_H
#define EDGESDK_SENSING_STREAMS_H

#include "program.h"

enum { EDGE_SEGMENTS_MOST = 8 };

/* cffi:begin */
struct edge_stream_state {
    uint64_t frames;     /* that were taken */
    uint64_t duplicates; /* frames dropped: their time was there before */
    uint64_t missing;    /* frames between two segments, which never came */
    uint64_t lost;       /* frames that came, were needed and had no room */
    uint32_t gaps;
    uint32_t overruns; /* how often frames were lost */
    uint32_t refused;  /* calls with a time beyond what can be counted */
    uint32_t peak;     /* the largest |sample| of about the last `meter` frames: 0 to 32768 */
    uint32_t is_constant; /* 1: the newest `constant` frames are equal */
};
/* cffi:end */

struct edge_segment {
    uint64_t first; /* index of its first frame */
    uint32_t at;    /* where that frame is in the buffer */
};

struct edge_stream {
    const struct edge_stream_record *record;
    int16_t *samples; /* [capacity][channels] */
    uint32_t held;    /* frames in the buffer */
    uint64_t next;    /* index of the frame that is expected */
    uint64_t keep;    /* frames before this index are not needed any more */
    struct edge_segment segments[EDGE_SEGMENTS_MOST]; /* the last one grows */
    uint32_t segment_count;
    struct edge_stream_state state;
    int16_t newest[EDGE_CHANNELS_MOST]; /* the last frame that was taken */
    uint32_t equal;                     /* frames in a row that are like it, itself counted */
    uint32_t metered, peak_before, peak_now;
};

void edge_stream_open(struct edge_stream *stream, const struct edge_stream_record *record,
                      int16_t *samples);

/* Takes frames [frames][channels], the first of which has that index. */
void edge_stream_feed(struct edge_stream *stream, uint64_t index, const int16_t *samples,
                      uint32_t frames);

/* The same where the first frame's time is `before` frames before the first tick. */
void edge_stream_feed_early(struct edge_stream *stream, uint64_t before, const int16_t *samples,
                            uint32_t frames);

/* How many frames it can take at that index without losing one that is needed. */
uint32_t edge_stream_room(const struct edge_stream *stream, uint64_t index);

enum edge_found {
    EDGE_FOUND_READY,  /* all frames are there, at *samples */
    EDGE_FOUND_WAIT,   /* they may still come */
    EDGE_FOUND_BROKEN, /* some never will; the signal goes on at *behind */
};
enum edge_found edge_stream_find(const struct edge_stream *stream, uint64_t index, uint32_t frames,
                                 const int16_t **samples, uint64_t *behind);

#endif
