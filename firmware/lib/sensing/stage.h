/* A stage of a program with its front end and model opened: from samples to probabilities.
 *
 * This is the only place that knows features, log-mel rows, forests and plans.
 */
#ifndef EDGESDK_SENSING_STAGE_H
#define EDGESDK_SENSING_STAGE_H

#include "../features/features.h"
#include "../features/logmel_rows.h"
#include "../forest/forest.h"
#include "../nn/plan.h"
#include "program.h"

/* Features of a window, and a forest. */
struct edge_features_stage {
    struct edge_feature_settings settings;
    const struct edge_feature *features;
    struct edge_forest forest;
    uint32_t values; /* bytes of the model's inputs in the scratch memory */
};

/* Rows that are kept from window to window, and a plan. */
struct edge_rows_stage {
    struct edge_logmel logmel;
    struct edge_plan plan;
    int8_t *rows;   /* [rows][mels] */
    uint64_t first; /* frame at which row 0 begins */
    uint32_t count; /* rows that are there */
    uint32_t free;  /* frames from a window's start that no later window wants again */
};

struct edge_stage {
    const struct edge_stage_record *record;
    union {
        struct edge_features_stage of_features;
        struct edge_rows_stage of_rows;
    } front;
    uint32_t scratch; /* bytes that are used while a window is computed */
    uint32_t kept;    /* bytes that stay from window to window */
};

struct edge_answer {
    int32_t score; /* of the output that decides, as the model gives it */
    uint16_t probabilities[EDGE_OUTPUTS_MOST]; /* Q15, of all outputs */
};

/* Checks the parts that a stage refers to. */
enum edge_sensing_status edge_stage_open(struct edge_stage *stage,
                                         const struct edge_program *program, uint32_t number);

/* Its part of the arena, of stage->kept bytes. */
void edge_stage_place(struct edge_stage *stage, uint8_t *memory);

/* How many frames of its stream it needs at one time. */
uint32_t edge_stage_frames(const struct edge_stage *stage);
/* How many frames from the start of its window on nobody needs any more. */
uint64_t edge_stage_used(const struct edge_stage *stage);

/* samples[window][channels] and the values of all facts. */
void edge_stage_features(const struct edge_stage *stage, const int16_t *samples,
                         const int32_t *facts, uint8_t *scratch, struct edge_answer *answer);

/* The window begins at this frame: rows that it shares with those that are there stay. */
void edge_stage_move_rows(struct edge_stage *stage, uint64_t first);
/* The frame at which the next row begins. */
uint64_t edge_stage_next_row(const struct edge_stage *stage);
/* The next row, of samples[logmel.window]. */
void edge_stage_add_row(struct edge_stage *stage, const int16_t *samples, uint8_t *scratch);
/* Runs the plan on all rows. */
void edge_stage_rows(const struct edge_stage *stage, uint8_t *scratch, struct edge_answer *answer);

#endif
