#include "streams.h"

#include <string.h>

void edge_stream_open(struct edge_stream *stream, const struct edge_stream_record *record,
                      int16_t *samples) {
    memset(stream, 0, sizeof *stream);
    stream->record = record;
    stream->samples = samples;
    stream->segment_count = 1;
}

/* Where a segment ends in the buffer. */
static uint32_t segment_end(const struct edge_stream *stream, uint32_t segment) {
    const bool is_last = segment + 1u == stream->segment_count;
    return is_last ? stream->held : stream->segments[segment + 1u].at;
}

/* How many frames at the front of the buffer are not needed. */
static uint32_t releasable(const struct edge_stream *stream) {
    for (uint32_t i = 0; i < stream->segment_count; i++) {
        const struct edge_segment *segment = &stream->segments[i];
        const uint32_t end = segment_end(stream, i);
        if (stream->keep <= segment->first) return segment->at;
        if (stream->keep - segment->first < end - segment->at)
            return segment->at + (uint32_t)(stream->keep - segment->first);
    }
    return stream->held;
}

/* Segments of which nothing is left go; the last one stays, as the place where the signal goes on. */
static void drop_segments(struct edge_stream *stream, uint32_t frames) {
    uint32_t gone = 0;
    while (gone + 1u < stream->segment_count && stream->segments[gone + 1u].at <= frames) gone++;
    stream->segment_count -= gone;
    memmove(stream->segments, stream->segments + gone,
            stream->segment_count * sizeof *stream->segments);
    for (uint32_t i = 0; i < stream->segment_count; i++) {
        struct edge_segment *segment = &stream->segments[i];
        if (segment->at < frames) segment->first += frames - segment->at;
        segment->at = segment->at < frames ? 0 : segment->at - frames;
    }
}

static void discard(struct edge_stream *stream, uint32_t frames) {
    const uint32_t channels = stream->record->channels;
    if (frames == 0) return;
    drop_segments(stream, frames);
    stream->held -= frames;
    memmove(stream->samples, stream->samples + (size_t)frames * channels,
            (size_t)stream->held * channels * sizeof(int16_t));
}

static void lose(struct edge_stream *stream, uint32_t frames) {
    if (frames == 0) return;
    discard(stream, frames);
    stream->state.overruns++;
    stream->state.lost += frames;
}

/* The signal goes on at another index than expected. */
static void begin_segment(struct edge_stream *stream, uint64_t index) {
    discard(stream, releasable(stream));
    uint32_t last = stream->segment_count - 1u;
    if (stream->segments[last].at != stream->held) {
        if (stream->segment_count == EDGE_SEGMENTS_MOST) lose(stream, stream->segments[1].at);
        last = stream->segment_count++;
    }
    stream->segments[last] = (struct edge_segment){index, stream->held};
    stream->next = index;
}

static void open_gap(struct edge_stream *stream, uint64_t index) {
    stream->state.gaps++;
    stream->state.missing += index - stream->next;
    begin_segment(stream, index);
}

static void watch_frame(struct edge_stream *stream, const int16_t *frame) {
    bool equal = stream->equal != 0;
    for (uint32_t c = 0; c < stream->record->channels; c++) {
        const uint32_t level = (uint32_t)(frame[c] < 0 ? -(int32_t)frame[c] : frame[c]);
        if (level > stream->peak_now) stream->peak_now = level;
        equal = equal && frame[c] == stream->newest[c];
        stream->newest[c] = frame[c];
    }
    if (!equal) stream->equal = 0;
    if (stream->equal != UINT32_MAX) stream->equal++;
    if (++stream->metered < stream->record->meter) return;
    stream->metered = 0;
    stream->peak_before = stream->peak_now;
    stream->peak_now = 0;
}

static void watch(struct edge_stream *stream, const int16_t *samples, uint32_t frames) {
    const struct edge_stream_record *record = stream->record;
    struct edge_stream_state *state = &stream->state;
    for (uint32_t i = 0; i < frames; i++) watch_frame(stream, samples + (size_t)i * record->channels);
    state->frames += frames;
    state->peak = stream->peak_now > stream->peak_before ? stream->peak_now : stream->peak_before;
    state->is_constant = record->constant != 0 && stream->equal >= record->constant;
}

/* Takes frames that are expected; the oldest make room where there is too little. */
static void append(struct edge_stream *stream, const int16_t *samples, uint32_t frames) {
    const uint32_t capacity = stream->record->capacity, channels = stream->record->channels;
    if (frames > capacity - stream->held) discard(stream, releasable(stream));
    if (frames > capacity - stream->held) lose(stream, stream->held + frames - capacity);
    memcpy(stream->samples + (size_t)stream->held * channels, samples,
           (size_t)frames * channels * sizeof(int16_t));
    stream->held += frames;
    stream->next += frames;
}

/* How many of so many frames have been there before. */
static uint32_t count_duplicates(struct edge_stream *stream, uint64_t before, uint32_t frames) {
    const uint32_t dropped = before < frames ? (uint32_t)before : frames;
    stream->state.duplicates += dropped;
    return dropped;
}

/* More frames than the buffer holds go through it in pieces: what is lost is the oldest. */
void edge_stream_feed(struct edge_stream *stream, uint64_t index, const int16_t *samples,
                      uint32_t frames) {
    const uint32_t capacity = stream->record->capacity, channels = stream->record->channels;
    uint32_t done = 0;
    if (index < stream->next) done = count_duplicates(stream, stream->next - index, frames);
    if (done == frames) return;
    if (index > stream->next) open_gap(stream, index);
    watch(stream, samples + (size_t)done * channels, frames - done);
    while (done != frames) {
        const uint32_t rest = frames - done, now = rest < capacity ? rest : capacity;
        append(stream, samples + (size_t)done * channels, now);
        done += now;
    }
}

void edge_stream_feed_early(struct edge_stream *stream, uint64_t before, const int16_t *samples,
                            uint32_t frames) {
    const uint32_t done = count_duplicates(stream, before, frames);
    if (done == frames) return;
    edge_stream_feed(stream, 0, samples + (size_t)done * stream->record->channels, frames - done);
}

uint32_t edge_stream_room(const struct edge_stream *stream, uint64_t index) {
    const uint32_t released = releasable(stream);
    const struct edge_segment *segments = stream->segments;
    const uint32_t count = stream->segment_count;
    if (index > stream->next && count == EDGE_SEGMENTS_MOST &&
        segments[count - 1u].at != stream->held && segments[1].at > released)
        return 0;
    const uint32_t room = stream->record->capacity - stream->held + released;
    if (index >= stream->next) return room;
    return stream->next - index > UINT32_MAX - room ? UINT32_MAX
                                                    : room + (uint32_t)(stream->next - index);
}

enum edge_found edge_stream_find(const struct edge_stream *stream, uint64_t index, uint32_t frames,
                                 const int16_t **samples, uint64_t *behind) {
    const uint32_t last = stream->segment_count - 1u;
    for (uint32_t i = 0; i <= last; i++) {
        const struct edge_segment *segment = &stream->segments[i];
        *behind = segment->first;
        if (index < segment->first) return EDGE_FOUND_BROKEN;
        const uint64_t skipped = index - segment->first;
        const uint32_t length = segment_end(stream, i) - segment->at;
        if (skipped >= length) continue;
        if (frames <= length - skipped) {
            *samples = stream->samples + (size_t)(segment->at + skipped) * stream->record->channels;
            return EDGE_FOUND_READY;
        }
        if (i == last) return EDGE_FOUND_WAIT;
    }
    return EDGE_FOUND_WAIT;
}
