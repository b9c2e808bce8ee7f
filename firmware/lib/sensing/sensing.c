#include "sensing.h"

#include <stddef.h>

#include "begin.h"

/* Times that are left behind the last frame: a window and an advance, and the post-processing's. */
static const uint64_t MARGIN = UINT64_C(1) << 34;

uint32_t edge_sensing_bytes(void) { return sizeof(struct edge_sensing); }

static uint32_t ticks_of(const struct edge_sensing *sensing, uint32_t stream) {
    return sensing->program.streams[stream].ticks;
}

static uint64_t rounded_up(uint64_t tick, uint32_t ticks) {
    return tick / ticks + (tick % ticks != 0 ? 1u : 0);
}

static struct edge_stage *current(struct edge_sensing *sensing) {
    return &sensing->stages[sensing->cascade.stage];
}

/* A window starts anywhere from the cascade's tick on, so nothing behind it may go, except where
 * rows have been made of it. */
static void keep_what_is_needed(struct edge_sensing *sensing) {
    const struct edge_stage *stage = current(sensing);
    for (uint32_t i = 0; i < sensing->program.stream_count; i++)
        sensing->streams[i].keep = rounded_up(sensing->cascade.tick, ticks_of(sensing, i));
    sensing->streams[stage->record->stream].keep += edge_stage_used(stage);
}

/* The cascade has moved: finds where the next window starts in its stream. */
static void await_window(struct edge_sensing *sensing) {
    struct edge_stage *stage = current(sensing);
    const uint32_t ticks = ticks_of(sensing, stage->record->stream);
    sensing->window = rounded_up(sensing->cascade.tick, ticks);
    sensing->window_start = sensing->window * ticks;
    if (stage->record->input == EDGE_INPUT_LOGMEL) edge_stage_move_rows(stage, sensing->window);
    keep_what_is_needed(sensing);
}

void edge_sensing_begin(struct edge_sensing *sensing, uint64_t first_tick) {
    sensing->first_tick = sensing->events.first_tick = first_tick;
    for (uint32_t i = 0; i < sensing->program.fact_count; i++)
        sensing->facts[i] = sensing->program.facts[i].first;
    for (uint32_t i = 0; i < sensing->program.post_count; i++)
        edge_post_open(&sensing->posts[i], &sensing->program);
    edge_cascade_restart(&sensing->cascade, 0);
    await_window(sensing);
}

bool edge_sensing_set_fact(struct edge_sensing *sensing, uint32_t fact, int32_t value) {
    if (fact >= sensing->program.fact_count) return false;
    const struct edge_fact_record *record = &sensing->program.facts[fact];
    if (value < record->low || value > record->high) return false;
    sensing->facts[fact] = value;
    return true;
}

/* Time as frames, rounded to nearest: clocks of sensors are not exact. */
static uint64_t in_frames(uint64_t duration, uint32_t ticks) {
    return duration / ticks + (duration % ticks >= (ticks + 1u) / 2u ? 1u : 0);
}

/* Whether so many frames from an index on end before time does. */
static bool time_lasts(const struct edge_sensing *sensing, uint32_t stream, uint64_t index,
                       uint32_t frames) {
    const uint64_t all = UINT64_MAX - sensing->first_tick - MARGIN;
    const uint64_t most = all / ticks_of(sensing, stream);
    return frames <= most && index <= most - frames;
}

bool edge_sensing_feed(struct edge_sensing *sensing, uint32_t number, uint64_t position,
                       const int16_t *samples, uint32_t frames) {
    if (number >= sensing->program.stream_count) return false;
    struct edge_stream *stream = &sensing->streams[number];
    const uint32_t ticks = ticks_of(sensing, number);
    const bool is_early = position < sensing->first_tick;
    const uint64_t distance =
        is_early ? sensing->first_tick - position : position - sensing->first_tick;
    const uint64_t index = in_frames(distance, ticks);
    if (!time_lasts(sensing, number, is_early ? 0 : index, frames)) {
        if (stream->state.refused != UINT32_MAX) stream->state.refused++;
        return false;
    }
    if (is_early)
        edge_stream_feed_early(stream, index, samples, frames);
    else
        edge_stream_feed(stream, index, samples, frames);
    return true;
}

uint32_t edge_sensing_room(const struct edge_sensing *sensing, uint32_t stream,
                           uint64_t position) {
    if (stream >= sensing->program.stream_count) return 0;
    if (position < sensing->first_tick) position = sensing->first_tick;
    const uint32_t ticks = ticks_of(sensing, stream);
    return edge_stream_room(&sensing->streams[stream],
                            in_frames(position - sensing->first_tick, ticks));
}

static void log_decision(struct edge_decision_log *log, struct edge_decision decision) {
    if (log->count == EDGE_DECISIONS_MOST) {
        log->oldest = (log->oldest + 1u) % EDGE_DECISIONS_MOST;
        log->count--;
        if (log->lost != UINT32_MAX) log->lost++;
    }
    log->decisions[(log->oldest + log->count++) % EDGE_DECISIONS_MOST] = decision;
}

/* Ticks of the stage's stream that are there behind the current window. */
static uint64_t lag(const struct edge_sensing *sensing) {
    const struct edge_stage_record *record = sensing->stages[sensing->cascade.stage].record;
    const uint64_t end = sensing->window + record->window;
    const uint64_t next = sensing->streams[record->stream].next;
    return next > end ? (next - end) * ticks_of(sensing, record->stream) : 0;
}

static void report(struct edge_sensing *sensing) {
    for (uint32_t i = 0; i < sensing->program.post_count; i++)
        edge_post_report(&sensing->posts[i], sensing->cascade.tick, sensing->scratch,
                         &sensing->events);
}

/* The current window has its answer: everybody is told, and the cascade moves on. */
static void decide(struct edge_sensing *sensing, const int16_t *samples) {
    const uint32_t number = sensing->cascade.stage;
    const struct edge_stage_record *record = current(sensing)->record;
    const uint64_t span = (uint64_t)record->window * ticks_of(sensing, record->stream);
    const struct edge_decided decided = {
        .start = sensing->window_start,
        .end = sensing->window_start + span,
        .samples = samples,
        .answer = &sensing->answer,
    };
    if (lag(sensing) > sensing->lag_most) sensing->lag_most = lag(sensing);
    const uint32_t is_hit =
        edge_cascade_move(&sensing->cascade, sensing->program.stages, sensing->answer.score);
    sensing->counts[number].windows++;
    sensing->counts[number].hits += is_hit;
    log_decision(&sensing->log,
                 (struct edge_decision){
                     .tick = sensing->first_tick + decided.start,
                     .stage = number,
                     .score = sensing->answer.score,
                     .probability = sensing->answer.probabilities[record->decided],
                     .is_hit = is_hit,
                 });
    for (uint32_t i = 0; i < sensing->program.post_count; i++)
        if (sensing->program.posts[i].stage == number)
            edge_post_window(&sensing->posts[i], &decided, &sensing->events);
    report(sensing);
    await_window(sensing);
}

/* The current window will never be whole: back to the first stage where its signal goes on. */
static void restart(struct edge_sensing *sensing, uint64_t behind) {
    const uint32_t stream = current(sensing)->record->stream;
    for (uint32_t i = 0; i < sensing->program.post_count; i++)
        edge_post_break(&sensing->posts[i], &sensing->events);
    edge_cascade_restart(&sensing->cascade, behind * ticks_of(sensing, stream));
    if (sensing->restarts != UINT32_MAX) sensing->restarts++;
    report(sensing);
    await_window(sensing);
}

/* Finds frames of the current stage's stream; where the signal is broken the cascade restarts. */
static enum edge_found find(struct edge_sensing *sensing, uint64_t index, uint32_t frames,
                            const int16_t **samples) {
    const struct edge_stream *stream = &sensing->streams[current(sensing)->record->stream];
    uint64_t behind;
    enum edge_found found = edge_stream_find(stream, index, frames, samples, &behind);
    if (found == EDGE_FOUND_BROKEN) restart(sensing, behind);
    return found;
}

static bool step_features(struct edge_sensing *sensing, const struct edge_stage *stage) {
    const int16_t *samples;
    enum edge_found found = find(sensing, sensing->window, stage->record->window, &samples);
    if (found != EDGE_FOUND_READY) return found == EDGE_FOUND_BROKEN;
    edge_stage_features(stage, samples, sensing->facts, sensing->scratch, &sensing->answer);
    decide(sensing, samples);
    return true;
}

static bool step_rows(struct edge_sensing *sensing, struct edge_stage *stage) {
    const int16_t *samples;
    if (stage->front.of_rows.count == stage->record->rows) {
        edge_stage_rows(stage, sensing->scratch, &sensing->answer);
        decide(sensing, NULL);
        return true;
    }
    const uint64_t row = edge_stage_next_row(stage);
    enum edge_found found =
        find(sensing, row, stage->front.of_rows.logmel.window, &samples);
    if (found != EDGE_FOUND_READY) return found == EDGE_FOUND_BROKEN;
    edge_stage_add_row(stage, samples, sensing->scratch);
    keep_what_is_needed(sensing);
    return true;
}

bool edge_sensing_step(struct edge_sensing *sensing) {
    struct edge_stage *stage = current(sensing);
    if (stage->record->input == EDGE_INPUT_LOGMEL) return step_rows(sensing, stage);
    return step_features(sensing, stage);
}

void edge_sensing_finish(struct edge_sensing *sensing) {
    for (uint32_t i = 0; i < sensing->program.post_count; i++)
        edge_post_finish(&sensing->posts[i], sensing->scratch, &sensing->events);
}

bool edge_sensing_next_event(struct edge_sensing *sensing, struct edge_event *out) {
    return edge_event_get(&sensing->events, out);
}

bool edge_sensing_next_decision(struct edge_sensing *sensing, struct edge_decision *out) {
    struct edge_decision_log *log = &sensing->log;
    if (log->count == 0) return false;
    *out = log->decisions[log->oldest];
    log->oldest = (log->oldest + 1u) % EDGE_DECISIONS_MOST;
    log->count--;
    return true;
}

void edge_sensing_state(const struct edge_sensing *sensing, struct edge_sensing_state *out) {
    *out = (struct edge_sensing_state){
        .tick = sensing->first_tick + sensing->window_start,
        .lag = lag(sensing),
        .lag_most = sensing->lag_most,
        .stage = sensing->cascade.stage,
        .restarts = sensing->restarts,
        .events_lost = sensing->events.lost,
        .decisions_lost = sensing->log.lost,
    };
}

bool edge_sensing_stream(const struct edge_sensing *sensing, uint32_t stream,
                         struct edge_stream_state *out) {
    if (stream >= sensing->program.stream_count) return false;
    *out = sensing->streams[stream].state;
    return true;
}

bool edge_sensing_stage(const struct edge_sensing *sensing, uint32_t stage,
                        struct edge_stage_state *out) {
    if (stage >= sensing->program.stage_count) return false;
    *out = sensing->counts[stage];
    return true;
}
