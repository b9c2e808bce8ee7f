#include "smoothing.h"

#include <string.h>

enum { CERTAIN = 32768 };

static uint32_t align(uint32_t bytes) { return (bytes + 15u) & ~15u; }

static bool settings_fit(const struct edge_smooth *settings) {
    return settings->windows >= 1 && settings->windows <= EDGE_SMOOTH_WINDOWS_MOST &&
           settings->off >= 0 && settings->off <= settings->on && settings->on >= 1 &&
           settings->on <= CERTAIN && settings->shortest >= 0;
}

static uint32_t tracks_bytes(uint32_t outputs) {
    return align(outputs * (uint32_t)sizeof(struct edge_smooth_track));
}

static uint32_t history_bytes(const struct edge_smooth *settings, uint32_t outputs) {
    return (uint32_t)settings->windows * outputs * (uint32_t)sizeof(uint16_t);
}

uint32_t edge_smoothing_bytes(const struct edge_smooth *settings, uint32_t outputs) {
    if (!settings_fit(settings)) return 0;
    return tracks_bytes(outputs) + align(history_bytes(settings, outputs));
}

void edge_smoothing_open(struct edge_smoothing *smoothing, const struct edge_smooth *settings,
                         const int32_t *labels, uint32_t outputs, uint8_t *memory) {
    memset(memory, 0, edge_smoothing_bytes(settings, outputs));
    *smoothing = (struct edge_smoothing){
        .settings = settings,
        .labels = labels,
        .outputs = outputs,
        .tracks = (struct edge_smooth_track *)(void *)memory,
        .history = (uint16_t *)(void *)(memory + tracks_bytes(outputs)),
    };
}

static void close(const struct edge_smoothing *smoothing, uint32_t output,
                  struct edge_event_queue *events) {
    struct edge_smooth_track *track = &smoothing->tracks[output];
    const uint32_t windows = (uint32_t)smoothing->settings->windows;
    track->is_open = 0;
    if (track->end - track->start < (uint64_t)smoothing->settings->shortest) return;
    edge_event_put(events, (struct edge_event){
                               .start = track->start,
                               .peak = track->peak,
                               .end = track->end,
                               .label = smoothing->labels[output],
                               .confidence = (int32_t)((track->best + windows / 2u) / windows),
                           });
}

/* The sum has changed: opens, extends or closes the output's event. */
static void follow(const struct edge_smoothing *smoothing, uint32_t output, uint64_t start,
                   uint64_t end, struct edge_event_queue *events) {
    const struct edge_smooth *settings = smoothing->settings;
    struct edge_smooth_track *track = &smoothing->tracks[output];
    const uint32_t level = track->is_open ? (uint32_t)settings->off : (uint32_t)settings->on;
    if (track->sum < level * (uint32_t)settings->windows) {
        if (track->is_open) close(smoothing, output, events);
        return;
    }
    if (!track->is_open) {
        track->start = track->peak = start;
        track->best = 0;
        track->is_open = 1;
    }
    track->end = end;
    if (track->sum <= track->best) return;
    track->best = track->sum;
    track->peak = start;
}

void edge_smoothing_window(struct edge_smoothing *smoothing, uint64_t start, uint64_t end,
                           const uint16_t *probabilities, struct edge_event_queue *events) {
    if (start > smoothing->end) edge_smoothing_finish(smoothing, events);
    smoothing->newest = (smoothing->newest + 1u) % (uint32_t)smoothing->settings->windows;
    uint16_t *row = smoothing->history + smoothing->newest * smoothing->outputs;
    smoothing->end = end;
    for (uint32_t i = 0; i < smoothing->outputs; i++) {
        struct edge_smooth_track *track = &smoothing->tracks[i];
        track->sum += probabilities[i];
        track->sum -= row[i];
        row[i] = probabilities[i];
        if (smoothing->labels[i] >= 0) follow(smoothing, i, start, end, events);
    }
}

void edge_smoothing_finish(struct edge_smoothing *smoothing, struct edge_event_queue *events) {
    for (uint32_t i = 0; i < smoothing->outputs; i++) {
        if (smoothing->tracks[i].is_open) close(smoothing, i, events);
        smoothing->tracks[i].sum = 0;
    }
    memset(smoothing->history, 0, history_bytes(smoothing->settings, smoothing->outputs));
}
