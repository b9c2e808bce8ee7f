#include "posts.h"

#include <stddef.h>
#include <string.h>

enum { REPORT_BYTES = EDGE_COUGH_CANDIDATES * (int)sizeof(struct edge_event) };

_Static_assert(sizeof(struct edge_cough_settings) <= sizeof(((struct edge_post_record *)0)->values),
               "settings fit the record");
_Static_assert(offsetof(struct edge_cough_events, reported) == 8,
               "the same memory on every machine, whatever the size of its pointers");
_Static_assert(sizeof(struct edge_smooth_track) == 40, "the same memory on every machine");

static const struct edge_smooth *smooth_settings(const struct edge_post_record *record) {
    return (const struct edge_smooth *)(const void *)record->values;
}

static const struct edge_cough_settings *cough_settings(const struct edge_post_record *record) {
    return (const struct edge_cough_settings *)(const void *)record->values;
}

/* What the settings leave of the record is zeros. */
static bool rest_is_zero(const struct edge_post_record *record, uint32_t used) {
    for (uint32_t i = used / 4u; i < sizeof record->values / sizeof *record->values; i++)
        if (record->values[i] != 0) return false;
    return true;
}

/* Coughs are looked for in the samples of a stage's window: mono, one tick each. */
static bool coughs_fit(const struct edge_post *post, const struct edge_program *program) {
    const struct edge_cough_settings *settings = cough_settings(post->record);
    const struct edge_stream_record *stream = &program->streams[post->stage->stream];
    return post->stage->input == EDGE_INPUT_FEATURES && stream->ticks == 1 &&
           stream->channels == 1 && post->stage->window == settings->window &&
           rest_is_zero(post->record, sizeof *settings) && edge_cough_settings_fit(settings);
}

bool edge_post_check(struct edge_post *post, const struct edge_program *program, uint32_t number) {
    memset(post, 0, sizeof *post);
    post->record = &program->posts[number];
    post->stage = &program->stages[post->record->stage];
    if (post->record->kind == EDGE_POST_SMOOTH) {
        const struct edge_smooth *settings = smooth_settings(post->record);
        post->bytes = edge_smoothing_bytes(settings, post->stage->output_count);
        return post->bytes != 0 && rest_is_zero(post->record, sizeof *settings);
    }
    post->bytes = sizeof(struct edge_cough_events);
    post->scratch = REPORT_BYTES;
    return post->record->kind == EDGE_POST_COUGH && coughs_fit(post, program);
}

void edge_post_open(struct edge_post *post, const struct edge_program *program) {
    if (post->record->kind == EDGE_POST_SMOOTH) {
        edge_smoothing_open(&post->smoothing, smooth_settings(post->record),
                            program->labels + post->stage->first_label, post->stage->output_count,
                            post->memory);
        return;
    }
    post->coughs = (struct edge_cough_events *)(void *)post->memory;
    edge_cough_events_open(post->coughs, cough_settings(post->record), 0);
}

static void put_all(const uint8_t *scratch, uint32_t count, struct edge_event_queue *events) {
    const struct edge_event *found = (const struct edge_event *)(const void *)scratch;
    for (uint32_t i = 0; i < count; i++) edge_event_put(events, found[i]);
}

void edge_post_window(struct edge_post *post, const struct edge_decided *decided,
                      struct edge_event_queue *events) {
    const uint16_t *probabilities = decided->answer->probabilities;
    if (post->coughs == NULL)
        edge_smoothing_window(&post->smoothing, decided->start, decided->end, probabilities,
                              events);
    else
        edge_cough_events_window(post->coughs, decided->samples, decided->start,
                                 probabilities[post->stage->decided]);
}

void edge_post_report(struct edge_post *post, uint64_t now, uint8_t *scratch,
                      struct edge_event_queue *events) {
    if (post->coughs == NULL) return;
    struct edge_event *found = (struct edge_event *)(void *)scratch;
    put_all(scratch, edge_cough_events_report(post->coughs, now, found, EDGE_COUGH_CANDIDATES),
            events);
}

void edge_post_break(struct edge_post *post, struct edge_event_queue *events) {
    if (post->coughs == NULL) edge_smoothing_finish(&post->smoothing, events);
}

void edge_post_finish(struct edge_post *post, uint8_t *scratch, struct edge_event_queue *events) {
    edge_post_break(post, events);
    if (post->coughs == NULL) return;
    struct edge_event *found = (struct edge_event *)(void *)scratch;
    put_all(scratch, edge_cough_events_flush(post->coughs, found, EDGE_COUGH_CANDIDATES), events);
}
