#include "stage.h"

#include <string.h>

#include "../nn/curves16.h"
#include "../nn/fixed_point.h"
#include "../nn/operators.h"

#if defined(__ARM_FEATURE_DSP) && !defined(EDGE_PLAIN_KERNELS)
#define OPERATORS edge_operators_dsp
#else
#define OPERATORS edge_operators_plain
#endif

enum { CERTAIN = 32768 };

static uint64_t align(uint64_t bytes) { return (bytes + 15u) & ~UINT64_C(15); }

static uint32_t ones(uint32_t bits) {
    uint32_t count = 0;
    for (; bits != 0; bits &= bits - 1u) count++;
    return count;
}

/* A features part is settings and tables for windows of one length and one number of channels. */
static bool settings_fit(const struct edge_program *program, const struct edge_stage_record *record,
                         const struct edge_feature_settings *settings) {
    const uint32_t channels = program->streams[record->stream].channels;
    return settings->window == record->window && settings->channels == channels;
}

static enum edge_sensing_status open_features(struct edge_stage *stage,
                                              const struct edge_program *program) {
    const struct edge_stage_record *record = stage->record;
    struct edge_features_stage *front = &stage->front.of_features;
    const uint32_t count = record->feature_count, inputs = count + ones(record->facts);
    uint32_t bytes;
    const uint8_t *content = edge_program_part(program, record->front, &bytes);
    front->features = program->features + record->first_feature;
    if (!edge_feature_settings_read(content, bytes, &front->settings) ||
        !settings_fit(program, record, &front->settings))
        return EDGE_SENSING_BAD_TABLE;
    if (!edge_features_check(&front->settings, front->features, count))
        return EDGE_SENSING_BAD_FEATURE;
    content = edge_program_part(program, record->model, &bytes);
    if (!edge_forest_check(content, bytes, inputs, &front->forest) || record->output_count != 1)
        return EDGE_SENSING_BAD_MODEL;
    front->values = (uint32_t)align((uint64_t)inputs * sizeof(int32_t));
    stage->scratch =
        front->values + edge_features_scratch(&front->settings, front->features, count);
    return EDGE_SENSING_OK;
}

/* Frames to a transition's next window, and whether that shares its rows with this one. */
static uint32_t frames_ahead(const struct edge_program *program,
                             const struct edge_stage_record *record,
                             const struct edge_transition *transition, uint32_t hop,
                             bool *shares) {
    const uint32_t ticks = program->streams[record->stream].ticks;
    const uint32_t frames = transition->advance / ticks;
    *shares = &program->stages[transition->next] == record && transition->advance % ticks == 0 &&
              frames % hop == 0;
    return frames;
}

/* Frames from the start of the window that the next one may want again, rows or no rows. */
static uint32_t common_start(const struct edge_program *program,
                             const struct edge_stage_record *record, uint32_t hop) {
    const struct edge_transition *transitions[] = {&record->hit, &record->miss, &record->last};
    uint32_t least = UINT32_MAX;
    for (uint32_t i = 0; i < (record->limit != 0 ? 3u : 2u); i++) {
        bool shares;
        const uint32_t frames = frames_ahead(program, record, transitions[i], hop, &shares);
        if (!shares && frames < least) least = frames;
    }
    return least;
}

static bool rows_fit(const struct edge_stage_record *record, const struct edge_logmel *logmel) {
    if (logmel->window == 0 || logmel->hop == 0 || logmel->hop > logmel->window) return false;
    const uint64_t span = (uint64_t)(record->rows - 1u) * logmel->hop + logmel->window;
    return logmel->mels != 0 && span == record->window;
}

/* int8[rows * mels] in, int8[outputs] out. */
static bool plan_fits(const struct edge_stage_record *record, const struct edge_rows_stage *front) {
    const struct edge_plan *plan = &front->plan;
    return plan->input_count == 1 && plan->output_count == 1 &&
           plan->input_bytes == (uint64_t)record->rows * front->logmel.mels &&
           plan->output_bytes == record->output_count;
}

static enum edge_sensing_status open_rows(struct edge_stage *stage,
                                          const struct edge_program *program) {
    const struct edge_stage_record *record = stage->record;
    struct edge_rows_stage *front = &stage->front.of_rows;
    uint32_t bytes;
    const uint8_t *content = edge_program_part(program, record->front, &bytes);
    if (!edge_logmel_check(content, bytes, &front->logmel) || !rows_fit(record, &front->logmel))
        return EDGE_SENSING_BAD_TABLE;
    content = edge_program_part(program, record->model, &bytes);
    if (edge_plan_check(content, bytes, EDGE_SPAN_MOST, OPERATORS, EDGE_KINDS, &front->plan) !=
            EDGE_PLAN_OK ||
        !plan_fits(record, front))
        return EDGE_SENSING_BAD_MODEL;
    front->free = common_start(program, record, front->logmel.hop);
    stage->kept = front->plan.input_bytes;
    stage->scratch = front->plan.arena_bytes;
    if (front->logmel.scratch > stage->scratch) stage->scratch = front->logmel.scratch;
    return EDGE_SENSING_OK;
}

enum edge_sensing_status edge_stage_open(struct edge_stage *stage,
                                         const struct edge_program *program, uint32_t number) {
    memset(stage, 0, sizeof *stage);
    stage->record = &program->stages[number];
    if (stage->record->input == EDGE_INPUT_FEATURES) return open_features(stage, program);
    return open_rows(stage, program);
}

void edge_stage_place(struct edge_stage *stage, uint8_t *memory) {
    if (stage->record->input == EDGE_INPUT_LOGMEL)
        stage->front.of_rows.rows = (int8_t *)memory;
}

uint32_t edge_stage_frames(const struct edge_stage *stage) {
    const uint32_t window = stage->record->window;
    if (stage->record->input == EDGE_INPUT_FEATURES) return window;
    const struct edge_rows_stage *front = &stage->front.of_rows;
    const uint32_t again = window > front->free ? window - front->free : 0;
    return again > front->logmel.window ? again : front->logmel.window;
}

uint64_t edge_stage_used(const struct edge_stage *stage) {
    if (stage->record->input == EDGE_INPUT_FEATURES) return 0;
    const struct edge_rows_stage *front = &stage->front.of_rows;
    const uint64_t used = (uint64_t)front->count * front->logmel.hop;
    return used < front->free ? used : front->free;
}

uint64_t edge_stage_next_row(const struct edge_stage *stage) {
    const struct edge_rows_stage *front = &stage->front.of_rows;
    return front->first + (uint64_t)front->count * front->logmel.hop;
}

/* x * 2^-16 for every x, rounded to nearest, kept within 32 bits. */
static int32_t scaled(int32_t score, int32_t zero, int32_t scale) {
    const int64_t difference = (int64_t)score - zero; /* 33 bits */
    const int64_t high = (difference >> 16) * scale, low = (difference & 0xFFFF) * scale;
    const int64_t x = high + ((low + (1 << 15)) >> 16);
    return x < INT32_MIN ? INT32_MIN : x > INT32_MAX ? INT32_MAX : (int32_t)x;
}

static uint16_t probability(const struct edge_stage_record *stage, int32_t score) {
    const int32_t x = scaled(score, stage->zero, stage->scale);
    if (stage->link == EDGE_LINK_LINEAR) return (uint16_t)edge_clamped(x, 0, CERTAIN);
    return (uint16_t)edge_logistic16(edge_clamped(x, INT16_MIN, INT16_MAX));
}

void edge_stage_features(const struct edge_stage *stage, const int16_t *samples,
                         const int32_t *facts, uint8_t *scratch, struct edge_answer *answer) {
    const struct edge_stage_record *record = stage->record;
    const struct edge_features_stage *front = &stage->front.of_features;
    int32_t *values = (int32_t *)(void *)scratch, *at = values + record->feature_count;
    edge_features_run(&front->settings, front->features, record->feature_count, samples, values,
                      scratch + front->values);
    for (uint32_t i = 0; i < EDGE_FACTS_MOST; i++)
        if (record->facts >> i & 1u) *at++ = facts[i];
    answer->score = edge_forest_score(&front->forest, values);
    answer->probabilities[0] = probability(record, answer->score);
}

void edge_stage_move_rows(struct edge_stage *stage, uint64_t first) {
    struct edge_rows_stage *front = &stage->front.of_rows;
    const uint32_t hop = front->logmel.hop, mels = front->logmel.mels;
    const uint64_t ahead = first - front->first;
    front->first = first;
    if (ahead > (uint64_t)front->count * hop || (uint32_t)ahead % hop != 0) {
        front->count = 0;
        return;
    }
    const uint32_t gone = (uint32_t)ahead / hop;
    front->count -= gone;
    memmove(front->rows, front->rows + (size_t)gone * mels, (size_t)front->count * mels);
}

void edge_stage_add_row(struct edge_stage *stage, const int16_t *samples, uint8_t *scratch) {
    struct edge_rows_stage *front = &stage->front.of_rows;
    int8_t *row = front->rows + (size_t)front->count * front->logmel.mels;
    edge_logmel_row(&front->logmel, samples, row, scratch);
    front->count++;
}

/* Every window is a run of its own: variables begin with their first values. */
void edge_stage_rows(const struct edge_stage *stage, uint8_t *scratch, struct edge_answer *answer) {
    const struct edge_stage_record *record = stage->record;
    const struct edge_rows_stage *front = &stage->front.of_rows;
    const struct edge_memory memory = {scratch, front->plan.constants};
    memset(scratch, 0, front->plan.arena_bytes);
    edge_plan_reset(&front->plan, &memory);
    memcpy(scratch + front->plan.inputs[0].offset, front->rows, front->plan.input_bytes);
    edge_plan_run(&front->plan, &memory, OPERATORS);
    const int8_t *outputs = (const int8_t *)scratch + front->plan.outputs[0].offset;
    answer->score = outputs[record->decided];
    for (uint32_t i = 0; i < record->output_count; i++)
        answer->probabilities[i] = probability(record, outputs[i]);
}
