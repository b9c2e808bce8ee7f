/* From audio windows that a model takes for coughs to single coughs: start, peak and end.
 *
 * Each window is looked through for stretches that stand out of it; what they are is decided once a
 * period (or sooner, where room for candidates ends), when their neighbours are known. A cough is a
 * silent compressive phase, a burst and an expulsion; in a series each expulsion is shorter than
 * the one before. So at a report:
 *
 * 1. A peak less than `merge` after the one before it is the same cough (overlapping windows find
 *    each twice): it begins where the first of them does, ends where the last of them does, and the
 *    loudest is its peak. A peak less than `merge` from the last one reported has been told
 *    already.
 * 2. It starts at least `lead` before its peak, but not before the last one ended.
 * 3. A peak at most `burst` + `longest` after another is in a series with it. The n-th cough of a
 *    series, from 0, has `scale` = `series`^n.
 * 4. It ends at least `burst` + `shortest` * scale and at most `burst` + `longest` * scale after
 *    its peak. If the next one is in a series with it, it ends `compressive` before that one's
 *    peak or sooner, whatever the least is.
 *
 * Samples are mono audio, one a tick. Positions are 64-bit ticks, right up to 2^64 - 2^33. Nothing
 * is lost without being counted.
 */
#ifndef EDGESDK_SENSING_COUGH_EVENTS_H
#define EDGESDK_SENSING_COUGH_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "event.h"

/* cffi:begin */
#define EDGE_COUGH_CANDIDATES 50
#define EDGE_COUGH_LONGEST 16384 /* samples looked at in a window */

/* Times in ticks, shares and probabilities in Q15. Read in place. */
struct edge_cough_settings {
    uint32_t window;      /* samples of a window */
    uint32_t step;        /* of them every step-th is looked at */
    uint32_t quiet;       /* a stretch ends after more than this long below the low threshold */
    uint32_t peak_share;  /* of the peak in the high threshold; the rest is the low one's */
    uint32_t probability; /* windows below it are not looked at */
    uint32_t period;      /* from report to report */
    uint32_t merge;       /* peaks closer than this are one cough; at least compressive + burst */
    uint32_t lead;        /* from start to peak, at least */
    uint32_t compressive;
    uint32_t burst;
    uint32_t shortest, longest; /* expulsion */
    uint32_t series;            /* how much shorter each expulsion in a series is */
    int32_t label;              /* of the events */
};

/* A stretch that stands out of its window. */
struct edge_cough_candidate {
    uint64_t start, peak, end;
    uint32_t loudness; /* |sample - mean| at the peak, in 1/256 of a sample's unit */
    int32_t probability;
};

struct edge_cough_events {
    const struct edge_cough_settings *settings;
    uint64_t reported;  /* when the last report was due */
    uint64_t last_peak; /* of the last event reported */
    uint64_t last_end;
    uint32_t scale;     /* of that event, Q15; 0: none has been reported */
    uint32_t count;     /* candidates */
    uint32_t lost;      /* candidates that found no room, or that a later cough's report came
                         * before, and events that the caller had no room for */
    struct edge_cough_candidate candidates[50]; /* [EDGE_COUGH_CANDIDATES] by their peaks */
};

/* Whether the settings can be used: sizes within bounds, times below 2^31, shares at most 1. */
bool edge_cough_settings_fit(const struct edge_cough_settings *settings);

/* now: the tick at which the first period begins. */
void edge_cough_events_open(struct edge_cough_events *state,
                            const struct edge_cough_settings *settings, uint64_t now);

/* Look through samples[window], the first of them at tick `start`. probability: the model's,
 * Q15. */
void edge_cough_events_window(struct edge_cough_events *state, const int16_t *samples,
                              uint64_t start, int32_t probability);

/* Nothing until a period is over; then the events found so far, in order, and how many. room for
 * EDGE_COUGH_CANDIDATES is always enough. */
uint32_t edge_cough_events_report(struct edge_cough_events *state, uint64_t now,
                                  struct edge_event *out, uint32_t room);

/* The same, without waiting for the end of the period: for the end of a signal. */
uint32_t edge_cough_events_flush(struct edge_cough_events *state, struct edge_event *out,
                                 uint32_t room);
/* cffi:end */

#endif
