/* What makes events out of the windows of a stage: smoothing, or coughs with their exact times. */
#ifndef EDGESDK_SENSING_POSTS_H
#define EDGESDK_SENSING_POSTS_H

#include "cough_events.h"
#include "event_queue.h"
#include "smoothing.h"
#include "stage.h"

struct edge_post {
    const struct edge_post_record *record;
    const struct edge_stage_record *stage;
    uint32_t bytes;   /* of memory */
    uint32_t scratch; /* bytes of scratch memory for a report */
    uint8_t *memory;  /* of the arena, 16-byte aligned */
    struct edge_smoothing smoothing;
    struct edge_cough_events *coughs; /* in memory */
};

/* A window that a stage has just decided. Times are ticks from the first one. */
struct edge_decided {
    uint64_t start, end;    /* of the window */
    const int16_t *samples; /* [window][channels], NULL where a stage keeps rows */
    const struct edge_answer *answer;
};

/* Checks the settings; posts->bytes and scratch say what it needs. */
bool edge_post_check(struct edge_post *post, const struct edge_program *program, uint32_t number);

/* Its memory is there: begins at tick 0. */
void edge_post_open(struct edge_post *post, const struct edge_program *program);

void edge_post_window(struct edge_post *post, const struct edge_decided *decided,
                      struct edge_event_queue *events);
/* Time passes: reports that are due. */
void edge_post_report(struct edge_post *post, uint64_t now, uint8_t *scratch,
                      struct edge_event_queue *events);
/* The signal breaks off. */
void edge_post_break(struct edge_post *post, struct edge_event_queue *events);
/* The signal ends. */
void edge_post_finish(struct edge_post *post, uint8_t *scratch, struct edge_event_queue *events);

#endif
