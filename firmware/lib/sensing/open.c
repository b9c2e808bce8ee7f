/* Opens a sensing program: checks all of it, and gives everything its place in the arena. */
#include <string.h>

#include "begin.h"
#include "sensing.h"

enum { ALIGNMENT = 16 };

/* The last first tick: 2^40 ticks, two years of 16 kHz, are left to run. */
static const uint64_t LATEST = UINT64_MAX - (UINT64_C(1) << 40);

static enum edge_sensing_status open_stages(struct edge_sensing *sensing, uint32_t *where) {
    const struct edge_program *program = &sensing->program;
    for (*where = 0; *where < program->stage_count; ++*where) {
        enum edge_sensing_status status =
            edge_stage_open(&sensing->stages[*where], program, *where);
        if (status != EDGE_SENSING_OK) return status;
    }
    for (*where = 0; *where < program->post_count; ++*where)
        if (!edge_post_check(&sensing->posts[*where], program, *where))
            return EDGE_SENSING_BAD_POST;
    return EDGE_SENSING_OK;
}

/* Frames of a stream that a stage's window can ask for at the same time. */
static uint64_t frames_needed(const struct edge_sensing *sensing, uint32_t stage,
                              uint32_t stream) {
    const struct edge_stage_record *record = &sensing->program.stages[stage];
    const uint32_t own = sensing->program.streams[record->stream].ticks;
    const uint32_t ticks = sensing->program.streams[stream].ticks;
    if (record->stream == stream) return edge_stage_frames(&sensing->stages[stage]);
    return (uint64_t)record->window * own / ticks + 1u;
}

/* What the stages can ask for of a stream at the same time. */
static uint64_t frames_of(const struct edge_sensing *sensing, uint32_t stream) {
    uint64_t most = 0;
    for (uint32_t i = 0; i < sensing->program.stage_count; i++) {
        const uint64_t frames = frames_needed(sensing, i, stream);
        if (frames > most) most = frames;
    }
    return most;
}

static enum edge_sensing_status check_buffers(const struct edge_sensing *sensing,
                                              uint32_t *where) {
    for (*where = 0; *where < sensing->program.stream_count; ++*where)
        if (frames_of(sensing, *where) > sensing->program.streams[*where].capacity)
            return EDGE_SENSING_BUFFER;
    return EDGE_SENSING_OK;
}

/* Memory that is given away piece by piece; without a base it is only counted. */
struct layout {
    uint8_t *base;
    uint64_t used;
};

static uint8_t *take(struct layout *layout, uint64_t bytes) {
    uint8_t *place = layout->base == NULL ? NULL : layout->base + layout->used;
    layout->used += (bytes + (ALIGNMENT - 1u)) & ~(uint64_t)(ALIGNMENT - 1u);
    return place;
}

static uint32_t larger(uint32_t a, uint32_t b) { return a > b ? a : b; }

static uint64_t lay_out(struct edge_sensing *sensing, uint8_t *base) {
    const struct edge_program *program = &sensing->program;
    struct layout layout = {base, 0};
    uint32_t scratch = 0;
    for (uint32_t i = 0; i < program->stream_count; i++) {
        const struct edge_stream_record *stream = &program->streams[i];
        uint64_t bytes = (uint64_t)stream->capacity * stream->channels * sizeof(int16_t);
        edge_stream_open(&sensing->streams[i], stream, (int16_t *)(void *)take(&layout, bytes));
    }
    for (uint32_t i = 0; i < program->stage_count; i++) {
        edge_stage_place(&sensing->stages[i], take(&layout, sensing->stages[i].kept));
        scratch = larger(scratch, sensing->stages[i].scratch);
    }
    for (uint32_t i = 0; i < program->post_count; i++) {
        sensing->posts[i].memory = take(&layout, sensing->posts[i].bytes);
        scratch = larger(scratch, sensing->posts[i].scratch);
    }
    sensing->scratch = take(&layout, scratch);
    return layout.used;
}

/* What can be said of a program without an arena. */
static enum edge_sensing_status check(struct edge_sensing *sensing, const uint8_t *content,
                                      uint32_t bytes, uint32_t *where) {
    memset(sensing, 0, sizeof *sensing);
    *where = 0;
    enum edge_sensing_status status = edge_program_read(content, bytes, &sensing->program);
    if (status == EDGE_SENSING_OK) status = edge_program_check(&sensing->program, where);
    if (status == EDGE_SENSING_OK) status = open_stages(sensing, where);
    return status;
}

enum edge_sensing_status edge_sensing_measure(struct edge_sensing *scratch, const uint8_t *program,
                                              uint32_t bytes, struct edge_sensing_needs *needs,
                                              uint32_t *where) {
    enum edge_sensing_status status = check(scratch, program, bytes, where);
    if (status != EDGE_SENSING_OK) return status;
    needs->arena = lay_out(scratch, NULL);
    for (uint32_t i = 0; i < scratch->program.stream_count; i++)
        needs->frames[i] = frames_of(scratch, i);
    return EDGE_SENSING_OK;
}

enum edge_sensing_status edge_sensing_open(struct edge_sensing *sensing, const uint8_t *program,
                                           uint32_t bytes, uint8_t *arena, uint32_t arena_bytes,
                                           uint64_t first_tick, uint32_t *where) {
    enum edge_sensing_status status = check(sensing, program, bytes, where);
    if (status == EDGE_SENSING_OK) status = check_buffers(sensing, where);
    if (status != EDGE_SENSING_OK) return status;
    if (lay_out(sensing, NULL) != sensing->program.arena) return EDGE_SENSING_WRONG_ARENA;
    if (sensing->program.arena > arena_bytes || (uintptr_t)arena % ALIGNMENT != 0)
        return EDGE_SENSING_NO_MEMORY;
    if (first_tick > LATEST) return EDGE_SENSING_BAD_TIME;
    (void)lay_out(sensing, arena);
    edge_sensing_begin(sensing, first_tick);
    return EDGE_SENSING_OK;
}
