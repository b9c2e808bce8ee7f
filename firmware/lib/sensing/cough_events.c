#include "cough_events.h"

#include <string.h>

#include "../features/ratio.h"

enum { ONE = 32768, TIME_MOST = 0x7fffffff };

typedef char room_is_as_stated[sizeof(struct edge_cough_events) >=
                                       EDGE_COUGH_CANDIDATES * sizeof(struct edge_cough_candidate)
                                   ? 1
                                   : -1];

static bool times_fit(const struct edge_cough_settings *settings) {
    return settings->quiet <= TIME_MOST && settings->period <= TIME_MOST &&
           settings->merge <= TIME_MOST && settings->lead <= TIME_MOST && settings->burst >= 1 &&
           settings->burst <= settings->merge &&
           settings->compressive <= settings->merge - settings->burst &&
           settings->shortest <= settings->longest && settings->longest <= TIME_MOST;
}

bool edge_cough_settings_fit(const struct edge_cough_settings *settings) {
    if (settings->step == 0 || settings->window > TIME_MOST) return false;
    uint32_t looked_at = settings->window / settings->step;
    return looked_at >= 2 && looked_at < EDGE_COUGH_LONGEST && settings->peak_share <= ONE &&
           settings->probability <= ONE && settings->series <= ONE && times_fit(settings);
}

void edge_cough_events_open(struct edge_cough_events *state,
                            const struct edge_cough_settings *settings, uint64_t now) {
    memset(state, 0, sizeof *state);
    state->settings = settings;
    state->reported = now;
}

static uint64_t earlier(uint64_t a, uint64_t b) { return a < b ? a : b; }
static uint64_t later(uint64_t a, uint64_t b) { return a > b ? a : b; }

/* Whether a peak is of the last cough reported, or before it: that one is lost, and counted. */
static bool told(struct edge_cough_events *state, uint64_t peak) {
    uint32_t merge = state->settings->merge;
    if (state->scale == 0) return false;
    if (peak >= state->last_peak) return peak - state->last_peak < merge;
    state->lost += state->last_peak - peak >= merge;
    return true;
}

/* `other` is the same cough, seen again or a part of it. */
static void absorb(struct edge_cough_candidate *cough, const struct edge_cough_candidate *other) {
    cough->start = earlier(cough->start, other->start);
    cough->end = later(cough->end, other->end);
    if (other->probability > cough->probability) cough->probability = other->probability;
    if (other->loudness <= cough->loudness) return;
    cough->peak = other->peak;
    cough->loudness = other->loudness;
}

/* Leaves one candidate for each new cough. */
static void merge(struct edge_cough_events *state) {
    struct edge_cough_candidate *all = state->candidates;
    uint32_t count = 0;
    for (uint32_t i = 0; i < state->count; i++) {
        if (told(state, all[i].peak)) continue;
        if (count > 0 && all[i].peak - all[count - 1].peak < state->settings->merge)
            absorb(&all[count - 1], &all[i]);
        else
            all[count++] = all[i];
    }
    state->count = count;
}

/* Keep the candidates in order. Noise makes many of a window, a few of which are coughs: they are
 * merged early where room ends. The newcomer is the one that finds none. */
static void insert(struct edge_cough_events *state, const struct edge_cough_candidate *candidate) {
    if (state->count == EDGE_COUGH_CANDIDATES) merge(state);
    if (state->count == EDGE_COUGH_CANDIDATES) {
        state->lost++;
        return;
    }
    uint32_t at = state->count++;
    for (; at > 0 && state->candidates[at - 1].peak > candidate->peak; at--)
        state->candidates[at] = state->candidates[at - 1];
    state->candidates[at] = *candidate;
}

/* A window as it is looked at: `count` samples; deviations from their mean are taken times count,
 * which makes them whole: at most 2^30. Thresholds are for their squares. */
struct view {
    const int16_t *samples;
    uint32_t count, step;
    int32_t sum;
    uint64_t low, high;
};

static int32_t deviation(const struct view *view, uint32_t i) {
    return (int32_t)view->count * view->samples[i * view->step] - view->sum;
}

static uint64_t square(const struct view *view, uint32_t i) {
    int32_t x = deviation(view, i);
    return (uint64_t)((int64_t)x * x);
}

/* With x divided by the largest |x|: low = rms, high = share + (1 - share) * low. Here both are
 * multiplied by the square of the largest instead. */
static void set_thresholds(struct view *view, uint32_t largest, uint64_t squares, uint32_t share) {
    uint64_t power = view->count * squares - (uint64_t)((int64_t)view->sum * view->sum);
    struct edge_fine_root rms = edge_fine_root(power);
    view->low = (uint64_t)rms.value * largest >> rms.shift;
    uint64_t rest = (uint64_t)largest * largest - view->low;
    view->high = view->low + (rest >> 15) * share + ((rest & (ONE - 1)) * share >> 15);
}

static struct view look(const int16_t *samples, const struct edge_cough_settings *settings) {
    uint32_t count = (settings->window - 1) / settings->step + 1;
    struct view view = {samples, count, settings->step, 0, 0, 0};
    int32_t lowest = INT16_MAX, highest = INT16_MIN;
    uint64_t squares = 0;
    for (uint32_t i = 0; i < count; i++, samples += settings->step) {
        int32_t sample = *samples;
        view.sum += sample;
        squares += (uint32_t)(sample * sample);
        lowest = sample < lowest ? sample : lowest;
        highest = sample > highest ? sample : highest;
    }
    int32_t above = (int32_t)count * highest - view.sum, below = view.sum - (int32_t)count * lowest;
    set_thresholds(&view, (uint32_t)(above > below ? above : below), squares, settings->peak_share);
    return view;
}

/* |sample - mean| of view's sample i in 1/256. */
static uint32_t loudness(const struct view *view, uint32_t i) {
    int32_t x = deviation(view, i);
    return (uint32_t)edge_ratio((uint32_t)(x < 0 ? -x : x), view->count, 8);
}

/* A stretch from view's sample `from` to before `to`, as samples of the view. */
static void found(struct edge_cough_events *state, const struct view *view, uint64_t start,
                  uint32_t from, uint32_t to, int32_t probability) {
    uint32_t peak = from, window = state->settings->window;
    for (uint32_t i = from; i < to; i++)
        if (square(view, i) > square(view, peak)) peak = i;
    uint32_t end = to < view->count ? to * view->step : window;
    insert(state, &(struct edge_cough_candidate){start + from * view->step,
                                                 start + peak * view->step, start + end,
                                                 loudness(view, peak), probability});
}

void edge_cough_events_window(struct edge_cough_events *state, const int16_t *samples,
                              uint64_t start, int32_t probability) {
    if (probability < (int32_t)state->settings->probability) return;
    struct view view = look(samples, state->settings);
    bool inside = false;
    uint32_t from = 0, quiet = 0;
    for (uint32_t i = 0; i < view.count; i++) {
        uint64_t level = square(&view, i);
        if (!inside && level > view.high) {
            inside = true;
            from = i;
        }
        quiet = level < view.low ? quiet + view.step : 0;
        if (inside && quiet > state->settings->quiet) {
            found(state, &view, start, from, i, probability);
            inside = false;
        }
    }
    if (inside) found(state, &view, start, from, view.count, probability);
}

static bool in_series(const struct edge_cough_settings *settings, uint64_t peak, uint64_t next) {
    return next - peak <= (uint64_t)settings->burst + settings->longest;
}

static uint32_t scaled(uint32_t x, uint32_t scale) {
    return (uint32_t)(((uint64_t)x * scale + ONE / 2) >> 15);
}

static void set_scale(struct edge_cough_events *state, uint64_t peak) {
    bool follows = state->scale != 0 && in_series(state->settings, state->last_peak, peak);
    uint32_t scale = follows ? scaled(state->settings->series, state->scale) : ONE;
    state->scale = scale != 0 ? scale : 1;
}

static uint64_t end_of(const struct edge_cough_events *state,
                       const struct edge_cough_candidate *cough, const uint64_t *next) {
    const struct edge_cough_settings *settings = state->settings;
    uint64_t after_burst = cough->peak + settings->burst;
    uint64_t end = later(cough->end, after_burst + scaled(settings->shortest, state->scale));
    end = earlier(end, after_burst + scaled(settings->longest, state->scale));
    if (next != NULL && in_series(settings, cough->peak, *next))
        end = earlier(end, *next - settings->compressive);
    return end;
}

static struct edge_event event_of(struct edge_cough_events *state, uint32_t i) {
    const struct edge_cough_candidate *cough = &state->candidates[i];
    const uint64_t *next = i + 1 < state->count ? &state->candidates[i + 1].peak : NULL;
    uint64_t lead = state->settings->lead;
    uint64_t start = earlier(cough->start, cough->peak > lead ? cough->peak - lead : 0);
    if (state->scale != 0) start = earlier(later(start, state->last_end), cough->peak);
    set_scale(state, cough->peak);
    state->last_peak = cough->peak;
    state->last_end = end_of(state, cough, next);
    return (struct edge_event){start, cough->peak, state->last_end, state->settings->label,
                               cough->probability};
}

uint32_t edge_cough_events_flush(struct edge_cough_events *state, struct edge_event *out,
                                 uint32_t room) {
    merge(state);
    uint32_t count = state->count < room ? state->count : room;
    for (uint32_t i = 0; i < count; i++) out[i] = event_of(state, i);
    state->lost += state->count - count;
    state->count = 0;
    return count;
}

uint32_t edge_cough_events_report(struct edge_cough_events *state, uint64_t now,
                                  struct edge_event *out, uint32_t room) {
    uint32_t period = state->settings->period;
    if (now < state->reported || now - state->reported < period) return 0;
    state->reported += period;
    if (now - state->reported >= period) state->reported = now;
    return edge_cough_events_flush(state, out, room);
}
