#include "sensing_group.h"

#include <stddef.h>
#include <string.h>

#include "../lib/port.h"
#include "sensing.h"

enum {
    EVENTS_AT_ONCE = 16,
    DECISIONS_AT_ONCE = EDGE_DECISIONS_MOST,
    FRAMES_AT_ONCE = 2048, /* samples of all channels in a request */
    TICK = 8,              /* bytes, little-endian */
};

static uint64_t tick_of(const uint8_t bytes[TICK]) {
    uint64_t tick = 0;
    for (uint32_t i = TICK; i-- != 0;) tick = tick << 8 | bytes[i];
    return tick;
}

static uint32_t start(struct edge_cbor_map body) {
    uint8_t tick[TICK];
    int32_t facts[EDGE_FACTS_MOST];
    struct edge_cbor_span given;
    if (!edge_cbor_get_exactly(body, "at", tick, TICK) ||
        !edge_cbor_get_bytes(body, "facts", &given)) {
        return EDGE_BAD_REQUEST;
    }
    if (given.bytes % sizeof facts[0] != 0 || given.bytes > sizeof facts) return EDGE_BAD_REQUEST;
    memcpy(facts, given.data, given.bytes);
    return edge_app_sensing_restart(tick_of(tick), facts,
                                    given.bytes / (uint32_t)sizeof facts[0]);
}

/* Without `wait` the samples are taken at once, and what has no room is lost and counted, as at a
 * microphone; with it all windows that are there already are decided first. */
static uint32_t stream(struct edge_cbor_map body, struct edge_cbor_writer *answer) {
    static int16_t samples[FRAMES_AT_ONCE];
    uint8_t tick[TICK];
    uint32_t number;
    bool wait;
    struct edge_cbor_span data;
    struct edge_sensing *sensing = edge_app_sensing();
    if (!edge_cbor_get_u32(body, "stream", &number) || !edge_cbor_get_bool(body, "wait", &wait) ||
        !edge_cbor_get_exactly(body, "at", tick, TICK) ||
        !edge_cbor_get_bytes(body, "data", &data) || data.bytes > sizeof samples) {
        return EDGE_BAD_REQUEST;
    }
    if (sensing == NULL) return EDGE_NOT_OPEN;
    if (number >= sensing->program.stream_count) return EDGE_BAD_REQUEST;
    const struct edge_stream_record *record = &sensing->program.streams[number];
    const uint32_t frames = data.bytes / (2u * record->channels);
    if (data.bytes % (2u * record->channels) != 0) return EDGE_BAD_REQUEST;
    memcpy(samples, data.data, data.bytes); /* aligned */
    while (wait && edge_app_sensing_step()) port_feed_watchdog();
    if (frames != 0 && !edge_sensing_feed(sensing, number, tick_of(tick), samples, frames)) {
        return EDGE_BAD_REQUEST;
    }
    while (wait && edge_app_sensing_step()) port_feed_watchdog();
    const uint64_t next = tick_of(tick) + (uint64_t)frames * record->ticks;
    edge_cbor_put_u32(answer, "room", edge_sensing_room(sensing, number, next));
    edge_cbor_put_u32(answer, "events", sensing->events.count);
    edge_cbor_put_u32(answer, "decisions", sensing->log.count);
    return EDGE_OK;
}

/* A write, although it asks: its answer is repeated where it was lost, and nothing is lost with it. */
static uint32_t results(struct edge_cbor_writer *answer) {
    static struct edge_event events[EVENTS_AT_ONCE];
    static struct edge_decision decisions[DECISIONS_AT_ONCE];
    struct edge_sensing *sensing = edge_app_sensing();
    uint32_t event_count = 0, decision_count = 0;
    if (sensing == NULL) return EDGE_NOT_OPEN;
    while (event_count < EVENTS_AT_ONCE &&
           edge_sensing_next_event(sensing, &events[event_count])) {
        event_count++;
    }
    while (decision_count < DECISIONS_AT_ONCE &&
           edge_sensing_next_decision(sensing, &decisions[decision_count])) {
        decision_count++;
    }
    edge_cbor_put_bytes(answer, "events", (const uint8_t *)events,
                        event_count * (uint32_t)sizeof events[0]);
    edge_cbor_put_bytes(answer, "decisions", (const uint8_t *)decisions,
                        decision_count * (uint32_t)sizeof decisions[0]);
    return EDGE_OK;
}

static uint32_t finish(void) {
    struct edge_sensing *sensing = edge_app_sensing();
    if (sensing == NULL) return EDGE_NOT_OPEN;
    while (edge_app_sensing_step()) port_feed_watchdog();
    edge_sensing_finish(sensing);
    return EDGE_OK;
}

static uint32_t state(struct edge_cbor_writer *answer) {
    const struct edge_sensing *sensing = edge_app_sensing();
    struct edge_sensing_state whole;
    struct edge_stream_state streams[EDGE_STREAMS_MOST];
    struct edge_stage_state stages[EDGE_STAGES_MOST];
    if (sensing == NULL) return EDGE_NOT_OPEN;
    edge_sensing_state(sensing, &whole);
    for (uint32_t i = 0; i < sensing->program.stream_count; i++) {
        (void)edge_sensing_stream(sensing, i, &streams[i]);
    }
    for (uint32_t i = 0; i < sensing->program.stage_count; i++) {
        (void)edge_sensing_stage(sensing, i, &stages[i]);
    }
    const uint64_t work = edge_app_sensing_work();
    edge_cbor_put_bytes(answer, "state", (const uint8_t *)&whole, sizeof whole);
    edge_cbor_put_bytes(answer, "streams", (const uint8_t *)streams,
                        sensing->program.stream_count * (uint32_t)sizeof streams[0]);
    edge_cbor_put_bytes(answer, "stages", (const uint8_t *)stages,
                        sensing->program.stage_count * (uint32_t)sizeof stages[0]);
    edge_cbor_put_bytes(answer, "work", (const uint8_t *)&work, sizeof work);
    return EDGE_OK;
}

uint32_t edge_sensing_group(const struct edge_smp_request *request,
                            struct edge_cbor_writer *answer) {
    if (!request->write) {
        return request->command == EDGE_COMMAND_STATE ? state(answer)
                                                      : (uint32_t)EDGE_SMP_NOT_SUPPORTED;
    }
    switch (request->command) {
    case EDGE_COMMAND_START: return start(request->body);
    case EDGE_COMMAND_STREAM: return stream(request->body, answer);
    case EDGE_COMMAND_RESULTS: return results(answer);
    case EDGE_COMMAND_FINISH: return finish();
    default: return EDGE_SMP_NOT_SUPPORTED;
    }
}
