/* An execution plan: a network as a list of kernel calls whose places were all decided beforehand.
 *
 * docs/execution-plan.md is the format's specification. A plan is read in place (from flash) and
 * never changed; it needs one arena. It comes from outside, so edge_plan_check proves once that no
 * run can read or write outside the plan and the arena, whatever the bytes are.
 */
#ifndef EDGESDK_NN_PLAN_H
#define EDGESDK_NN_PLAN_H

#include "kernel.h"

/* The version of the format that this runtime reads. */
#define EDGE_PLAN_FORMAT 1u
/* The largest interface section, in bytes: the host's description of inputs and outputs. */
#define EDGE_PLAN_INTERFACE_MOST 16384u

/* cffi:begin */
enum edge_plan_status {
    EDGE_PLAN_OK = 0,
    EDGE_PLAN_MALFORMED = 1,       /* sizes, offsets or padding are not a plan's */
    EDGE_PLAN_VERSION = 2,         /* another version of the format */
    EDGE_PLAN_UNKNOWN_KERNEL = 3,  /* a kernel that this runtime does not have */
    EDGE_PLAN_BAD_RECORD = 4,      /* a kernel refuses its record */
    EDGE_PLAN_ARENA_TOO_SMALL = 5, /* well-formed, but it needs a larger arena */
};

/* Inputs and outputs: so many bytes at an offset into the arena. */
struct edge_place {
    uint32_t offset;
    uint32_t bytes;
};

/* Something that keeps its content from run to run, and its content before the first. */
struct edge_variable {
    uint32_t offset; /* into the arena */
    uint32_t bytes;
    uint32_t value;  /* offset into the constants, or UINT32_MAX */
    uint32_t fill;   /* the value of every byte where `value` is UINT32_MAX, else 0 */
};

/* What a runtime knows of a kernel; `check` is NULL where there is none of that number. */
struct edge_operator {
    uint32_t bytes; /* of the record's struct */
    bool (*check)(const void *record, const struct edge_limits *limits);
    void (*run)(const void *record, const struct edge_memory *memory);
};

/* A checked plan. Valid for as long as the plan's bytes stay where they are. */
struct edge_plan {
    const struct edge_place *inputs;       /* [input_count] */
    const struct edge_place *outputs;      /* [output_count] */
    const struct edge_variable *variables; /* [variable_count] */
    const uint8_t *records;                /* record_count of them, one behind the other */
    const uint8_t *constants;              /* 16-byte aligned */
    const uint8_t *interface;              /* canonical JSON that only hosts read */
    const uint8_t *golden;                 /* golden_vectors times inputs, then outputs */
    uint32_t input_count, output_count, variable_count, record_count;
    uint32_t arena_bytes;     /* what it needs */
    uint32_t constants_bytes;
    uint32_t interface_bytes;
    uint32_t input_bytes;     /* all inputs together, and so on */
    uint32_t output_bytes;
    uint32_t golden_vectors;
};

/* Checks every number of a plan of so many bytes, against an arena of so many. `table` has an entry
 * for each record kind below `kinds`. `plan` must be 16-byte aligned; *out is valid only after OK. */
enum edge_plan_status edge_plan_check(const uint8_t *plan, uint32_t bytes, uint32_t arena_bytes,
                                      const struct edge_operator *table, uint32_t kinds,
                                      struct edge_plan *out);

/* Gives the variables their first values. */
void edge_plan_reset(const struct edge_plan *plan, const struct edge_memory *memory);

/* Runs once, on inputs that lie in their places; afterwards they may be overwritten. `table` is the
 * one the plan was checked with, or another form of it. memory->constants is plan->constants. */
void edge_plan_run(const struct edge_plan *plan, const struct edge_memory *memory,
                   const struct edge_operator *table);
/* cffi:end */

#endif
