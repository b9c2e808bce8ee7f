/* Any bytes as a sensing program: refused, or run without reading or writing outside it.
 *
 * Program and arena have memory of their own of exactly the right size, so that the sanitizers see
 * every byte too far. The arena that a program states is corrected where it is the only thing wrong.
 * Samples come in pieces of changing sizes, some of them twice, some never. */
#include <stdlib.h>
#include <string.h>

#include "sensing/sensing.h"

enum {
    ALIGNMENT = 16,
    MOST_ARENA = 1 << 20,
    MOST_PROGRAM = 65536,
    ARENA_AT = 12, /* in the header */
    ROUNDS = 24,
    FRAMES = 160,
    STEPS = 64, /* in a round: each can be a whole window */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct edge_sensing sensing;

static uint8_t *aligned(size_t size) {
    void *memory = NULL; /* a request for nothing may give nothing */
    return posix_memalign(&memory, ALIGNMENT, size ? size : 1) == 0 ? memory : NULL;
}

static uint32_t chance(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static void feed(uint32_t stream, uint64_t *position, uint32_t *state) {
    const struct edge_stream_record *record = &sensing.program.streams[stream];
    const uint32_t frames = chance(state) % FRAMES, kind = chance(state) % 16;
    const size_t count = (size_t)frames * record->channels;
    int16_t *samples = malloc(count * sizeof *samples + 1);
    if (samples == NULL) abort();
    for (size_t i = 0; i < count; i++) samples[i] = (int16_t)chance(state);
    if (kind == 0) *position += (uint64_t)record->ticks * (chance(state) % 1000);
    if (kind == 1) *position -= record->ticks * UINT64_C(3);
    edge_sensing_feed(&sensing, stream, *position, samples, frames);
    if (edge_sensing_room(&sensing, stream, *position) > MOST_ARENA + FRAMES) abort();
    *position += (uint64_t)record->ticks * frames;
    free(samples);
}

static void look(void) {
    struct edge_event event;
    struct edge_decision decision;
    struct edge_sensing_state state;
    while (edge_sensing_next_event(&sensing, &event))
        if (event.start > event.peak || event.peak > event.end) abort();
    while (edge_sensing_next_decision(&sensing, &decision))
        if (decision.probability > 32768) abort();
    edge_sensing_state(&sensing, &state);
}

/* Steps that may follow each other at one tick: rows, a window of each stage, and a restart. */
static uint32_t most_at_one_tick(void) {
    uint32_t steps = 2 * EDGE_STAGES_MOST;
    for (uint32_t i = 0; i < sensing.program.stage_count; i++)
        steps += sensing.program.stages[i].rows;
    return steps;
}

/* The cascade's time never goes back, and does not stand still for ever. */
static void step_on(uint64_t *tick, uint32_t *standing) {
    const uint64_t now = sensing.cascade.tick;
    if (now < *tick) abort();
    *standing = now == *tick ? *standing + 1u : 0;
    *tick = now;
    if (*standing > most_at_one_tick()) abort();
}

static void run(uint64_t first_tick) {
    uint64_t positions[EDGE_STREAMS_MOST];
    uint64_t tick = 0;
    uint32_t state = 1, standing = 0;
    for (uint32_t i = 0; i < EDGE_STREAMS_MOST; i++) positions[i] = first_tick;
    for (uint32_t fact = 0; fact < EDGE_FACTS_MOST; fact++)
        edge_sensing_set_fact(&sensing, fact, (int32_t)chance(&state));
    for (uint32_t round = 0; round < ROUNDS; round++) {
        for (uint32_t i = 0; i < sensing.program.stream_count; i++) feed(i, &positions[i], &state);
        for (uint32_t step = 0; step < STEPS && edge_sensing_step(&sensing); step++) {
            step_on(&tick, &standing);
            look();
        }
    }
    edge_sensing_finish(&sensing);
    look();
}

/* Puts the arena that the program needs where it is stated; its size, or UINT64_MAX. */
static uint64_t correct(uint8_t *program, uint32_t size) {
    struct edge_sensing_needs needs;
    uint32_t where;
    if (edge_sensing_measure(&sensing, program, size, &needs, &where) != EDGE_SENSING_OK)
        return UINT64_MAX;
    const uint32_t arena = (uint32_t)needs.arena;
    memcpy(program + ARENA_AT, &arena, sizeof arena);
    return needs.arena;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > MOST_PROGRAM) return 0;
    uint8_t *program = aligned(size);
    if (program == NULL) abort();
    memcpy(program, data, size);
    const uint64_t bytes = correct(program, (uint32_t)size);
    if (bytes <= MOST_ARENA) {
        uint8_t *arena = aligned(bytes);
        if (arena == NULL) abort();
        memset(arena, 0xA5, bytes);
        const uint64_t first_tick = (UINT64_C(1) << 32) - 100;
        uint32_t where;
        if (edge_sensing_open(&sensing, program, (uint32_t)size, arena, (uint32_t)bytes,
                              first_tick, &where) == EDGE_SENSING_OK)
            run(first_tick);
        free(arena);
    }
    free(program);
    return 0;
}
