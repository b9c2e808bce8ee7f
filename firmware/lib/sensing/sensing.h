/* Runs a sensing program: samples go in as they come, decisions and events come out.
 *
 *     edge_sensing_open(&sensing, program, bytes, arena, arena_bytes, first_tick, &where);
 *     for each piece of a stream:
 *         edge_sensing_feed(&sensing, stream, position, samples, frames);
 *         while (edge_sensing_step(&sensing)) { }
 *         while (edge_sensing_next_event(&sensing, &event)) tell(event);
 *
 * It allocates nothing: struct edge_sensing and an arena of the size that the program states are all
 * the memory there is. Positions are ticks on one clock for all streams, 64 bits. What is decided
 * does not depend on the size of the pieces, or on which stream's comes first, as long as each one
 * fits (edge_sensing_room): nothing is forgotten that a window could still want.
 */
#ifndef EDGESDK_SENSING_SENSING_H
#define EDGESDK_SENSING_SENSING_H

#include "cascade.h"
#include "event_queue.h"
#include "posts.h"
#include "program.h"
#include "stage.h"
#include "streams.h"

/* cffi:begin */
struct edge_sensing;

/* One window of one stage. */
struct edge_decision {
    uint64_t tick; /* where it starts */
    uint32_t stage;
    int32_t score;        /* of the output that decides, as the model gives it */
    uint32_t probability; /* the same as Q15 */
    uint32_t is_hit;
};

struct edge_sensing_needs {
    uint64_t arena;     /* bytes */
    uint64_t frames[4]; /* [EDGE_STREAMS_MOST] the least capacity of each stream */
};

struct edge_stage_state {
    uint64_t windows, hits;
};

struct edge_sensing_state {
    uint64_t tick;      /* where the window begins that is waited for */
    uint64_t lag;       /* ticks of its stream that are there behind its end */
    uint64_t lag_most;  /* when a window was decided */
    uint32_t stage;     /* that waits */
    uint32_t restarts;  /* windows given up because their signal has a gap */
    uint32_t events_lost;    /* the queue was full */
    uint32_t decisions_lost; /* the log was full */
};

uint32_t edge_sensing_bytes(void); /* of struct edge_sensing */

/* Checks the whole program, and begins at first_tick. `program` and `arena` are at multiples of 16
 * and stay where they are. A refusal says in *where which record of its kind it means. */
enum edge_sensing_status edge_sensing_open(struct edge_sensing *sensing, const uint8_t *program,
                                           uint32_t bytes, uint8_t *arena, uint32_t arena_bytes,
                                           uint64_t first_tick, uint32_t *where);

/* What a program needs, whatever it states itself: for those who write programs. */
enum edge_sensing_status edge_sensing_measure(struct edge_sensing *scratch, const uint8_t *program,
                                              uint32_t bytes, struct edge_sensing_needs *needs,
                                              uint32_t *where);

/* Sets a fact about the subject; false where there is no such fact or value. */
bool edge_sensing_set_fact(struct edge_sensing *sensing, uint32_t fact, int32_t value);

/* Takes frames of a stream, samples[frames][channels]; the first was taken at tick `position`. A later
 * position than expected is a gap, an earlier one a duplicate, which is dropped. False where there is
 * no such stream or time. */
bool edge_sensing_feed(struct edge_sensing *sensing, uint32_t stream, uint64_t position,
                       const int16_t *samples, uint32_t frames);

/* How many frames of a stream can be fed at a position without any being lost. */
uint32_t edge_sensing_room(const struct edge_sensing *sensing, uint32_t stream, uint64_t position);

/* Does a piece of work, at most one window of one stage or one row; false when there is none. */
bool edge_sensing_step(struct edge_sensing *sensing);

/* The signal ends here: events that are still open are closed. */
void edge_sensing_finish(struct edge_sensing *sensing);

/* The oldest event or decision that was not fetched yet; false where there is none. */
bool edge_sensing_next_event(struct edge_sensing *sensing, struct edge_event *out);
bool edge_sensing_next_decision(struct edge_sensing *sensing, struct edge_decision *out);

void edge_sensing_state(const struct edge_sensing *sensing, struct edge_sensing_state *out);
bool edge_sensing_stream(const struct edge_sensing *sensing, uint32_t stream,
                         struct edge_stream_state *out);
bool edge_sensing_stage(const struct edge_sensing *sensing, uint32_t stage,
                        struct edge_stage_state *out);
/* cffi:end */

enum { EDGE_DECISIONS_MOST = 32 };

/* The newest decisions; when it is full the oldest goes. */
struct edge_decision_log {
    struct edge_decision decisions[EDGE_DECISIONS_MOST];
    uint32_t oldest, count, lost;
};

struct edge_sensing {
    struct edge_program program;
    struct edge_stream streams[EDGE_STREAMS_MOST];
    struct edge_stage stages[EDGE_STAGES_MOST];
    struct edge_stage_state counts[EDGE_STAGES_MOST];
    struct edge_post posts[EDGE_POSTS_MOST];
    struct edge_cascade cascade;
    uint64_t window;       /* the frame of its stream at which the current window begins */
    uint64_t window_start; /* ticks from the first one */
    int32_t facts[EDGE_FACTS_MOST];
    uint8_t *scratch; /* of the arena */
    uint64_t first_tick;
    uint64_t lag_most;
    uint32_t restarts;
    struct edge_answer answer;
    struct edge_event_queue events;
    struct edge_decision_log log;
};

#endif
