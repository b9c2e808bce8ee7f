/* A sensing program: streams, stages, models, tables and post-processing in one flat binary.
 *
 * docs/sensing-program.md is the format's specification. A program is read in place (from flash) and
 * never changed. It comes from outside: edge_program_read proves that its sections and parts lie
 * inside it, and edge_program_check that its records make sense together; models and tables are
 * checked where they are opened, in stage.c.
 *
 * Time is counted in ticks: frames of the fastest stream.
 */
#ifndef EDGESDK_SENSING_PROGRAM_H
#define EDGESDK_SENSING_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "../features/features.h"

/* cffi:begin */
#define EDGE_PROGRAM_FORMAT 1
#define EDGE_STREAMS_MOST 4
#define EDGE_STAGES_MOST 8
#define EDGE_FACTS_MOST 16
#define EDGE_POSTS_MOST 4
#define EDGE_PARTS_MOST 64
#define EDGE_CHANNELS_MOST 16
#define EDGE_OUTPUTS_MOST 128 /* of one stage */
#define EDGE_SPAN_MOST 1073741824 /* ticks of a window or an advance */

enum edge_sensing_status {
    EDGE_SENSING_OK = 0,
    EDGE_SENSING_MALFORMED = 1,      /* sizes or padding are not a program's */
    EDGE_SENSING_VERSION = 2,        /* another version of the format */
    EDGE_SENSING_BAD_STREAM = 3,     /* a stream's record */
    EDGE_SENSING_BAD_STAGE = 4,      /* a stage's numbers, or something it refers to */
    EDGE_SENSING_BAD_FEATURE = 5,    /* a feature that this runtime does not have */
    EDGE_SENSING_BAD_TABLE = 6,      /* the front end's settings or tables */
    EDGE_SENSING_BAD_MODEL = 7,      /* a forest or a plan, or not the stage's */
    EDGE_SENSING_ENDLESS = 8,        /* stages could follow each other without time passing */
    EDGE_SENSING_BAD_POST = 9,       /* post-processing */
    EDGE_SENSING_BAD_FACT = 10,      /* a fact about the subject */
    EDGE_SENSING_BUFFER = 11,        /* a stream's buffer is smaller than its stages need */
    EDGE_SENSING_WRONG_ARENA = 12,   /* the arena that it states is not what it needs */
    EDGE_SENSING_NO_MEMORY = 13,     /* well-formed, but it needs a larger arena */
    EDGE_SENSING_BAD_TIME = 14,      /* the first tick leaves no time to run */
};

enum edge_stage_input { EDGE_INPUT_FEATURES = 0, EDGE_INPUT_LOGMEL = 1 };

enum edge_part_kind {
    EDGE_PART_FOREST = 1,
    EDGE_PART_PLAN = 2,
    EDGE_PART_FEATURES = 3, /* settings and tables of the features */
    EDGE_PART_LOGMEL = 4,   /* settings and tables of the log-mel rows */
};

/* How a model's score becomes a probability; both begin with x = (score - zero) * scale / 2^16. */
enum edge_link {
    EDGE_LINK_LINEAR = 0,   /* x is the probability, Q15 */
    EDGE_LINK_LOGISTIC = 1, /* x is its log-odds, Q12 */
};

enum edge_post_kind { EDGE_POST_SMOOTH = 1, EDGE_POST_COUGH = 2 };

struct edge_stream_record {
    uint32_t ticks;    /* from one frame to the next */
    uint32_t channels; /* samples of a frame */
    uint32_t capacity; /* frames of the buffer */
    uint32_t constant; /* so many equal frames in a row are no signal; 0: do not look */
    uint32_t meter;    /* the peak level is that of so many frames */
};

struct edge_transition {
    uint32_t next;    /* stage */
    uint32_t advance; /* ticks from when this window was due to when the next is */
};

struct edge_stage_record {
    uint32_t stream;
    uint32_t input;         /* enum edge_stage_input */
    uint32_t window;        /* frames */
    uint32_t rows;          /* log-mel: of the model's input; features: 0 */
    uint32_t front;         /* part: the front end's settings and tables */
    uint32_t first_feature; /* the model's inputs: these features, then the facts */
    uint32_t feature_count;
    uint32_t facts;         /* bit f: fact f is an input */
    uint32_t model;         /* part */
    uint32_t first_label;   /* of each output of the model */
    uint32_t output_count;
    uint32_t decided;       /* the output that decides */
    int32_t threshold;      /* a score of at least this is a hit */
    uint32_t limit;         /* so many hits in a row end in `last`; 0: no limit */
    struct edge_transition hit, miss, last;
    uint32_t link;          /* enum edge_link */
    int32_t scale;
    int32_t zero;
};

struct edge_fact_record {
    int32_t low, high; /* the values that it may have */
    int32_t first;     /* the value that it has when nobody sets one */
};

struct edge_post_record {
    uint32_t kind; /* enum edge_post_kind */
    uint32_t stage;
    int32_t values[16]; /* the kind's own settings, then zeros */
};

struct edge_part_record {
    uint32_t kind; /* enum edge_part_kind */
    uint32_t bytes;
};
/* cffi:end */

/* A program whose sections are where they should be. Valid as long as its bytes stay there. */
struct edge_program {
    const struct edge_stream_record *streams;
    const struct edge_stage_record *stages;
    const struct edge_fact_record *facts;
    const struct edge_feature *features;
    const int32_t *labels; /* -1: nobody cares */
    const struct edge_post_record *posts;
    const struct edge_part_record *parts;
    const uint8_t *interface; /* canonical JSON that only hosts read */
    const uint8_t *content;   /* the parts, one behind the other */
    uint32_t stream_count, stage_count, fact_count, feature_count, label_count, post_count,
        part_count, interface_bytes;
    uint32_t arena; /* bytes */
};

/* Finds the sections of a program. `bytes` must be at a multiple of 16. */
enum edge_sensing_status edge_program_read(const uint8_t *content, uint32_t bytes,
                                           struct edge_program *out);

/* Checks every record against the others, but not the parts' content; *where is the refused one. */
enum edge_sensing_status edge_program_check(const struct edge_program *program, uint32_t *where);

/* The content of a part below part_count, and its size. */
const uint8_t *edge_program_part(const struct edge_program *program, uint32_t part,
                                 uint32_t *bytes);

#endif
