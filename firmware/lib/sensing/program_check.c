/* Whether a program's records make sense together. Parts are not looked into here. */
#include "program.h"

static bool stream_fits(const struct edge_stream_record *stream) {
    return stream->ticks >= 1 && stream->ticks <= EDGE_SPAN_MOST && stream->channels >= 1 &&
           stream->channels <= EDGE_CHANNELS_MOST && stream->capacity >= 1 &&
           (uint64_t)stream->capacity * stream->ticks <= UINT32_MAX &&
           (uint64_t)stream->capacity * stream->channels <= EDGE_SPAN_MOST;
}

static bool fact_fits(const struct edge_fact_record *fact) {
    return fact->low <= fact->first && fact->first <= fact->high;
}

static bool range_fits(uint32_t first, uint32_t count, uint32_t most) {
    return first <= most && count <= most - first;
}

static bool transition_fits(const struct edge_transition *transition, uint32_t stages) {
    return transition->next < stages && transition->advance <= EDGE_SPAN_MOST;
}

static bool part_is(const struct edge_program *program, uint32_t part, uint32_t kind) {
    return part < program->part_count && program->parts[part].kind == kind;
}

/* Features: any stream, inputs of the forest or plan. Log-mel: one channel, whole rows. */
static bool input_fits(const struct edge_program *program, const struct edge_stage_record *stage) {
    if (!range_fits(stage->first_feature, stage->feature_count, program->feature_count))
        return false;
    if (stage->facts >> program->fact_count != 0) return false;
    if (stage->input == EDGE_INPUT_FEATURES)
        return stage->rows == 0 && stage->feature_count + stage->facts > 0 &&
               part_is(program, stage->front, EDGE_PART_FEATURES) &&
               part_is(program, stage->model, EDGE_PART_FOREST);
    return stage->input == EDGE_INPUT_LOGMEL && stage->rows >= 1 && stage->facts == 0 &&
           stage->feature_count == 0 && program->streams[stage->stream].channels == 1 &&
           part_is(program, stage->front, EDGE_PART_LOGMEL) &&
           part_is(program, stage->model, EDGE_PART_PLAN);
}

static bool output_fits(const struct edge_program *program,
                        const struct edge_stage_record *stage) {
    return stage->output_count >= 1 && stage->output_count <= EDGE_OUTPUTS_MOST &&
           stage->decided < stage->output_count && stage->link <= EDGE_LINK_LOGISTIC &&
           range_fits(stage->first_label, stage->output_count, program->label_count);
}

static bool stage_fits(const struct edge_program *program, const struct edge_stage_record *stage) {
    if (stage->stream >= program->stream_count || stage->window == 0) return false;
    const uint32_t ticks = program->streams[stage->stream].ticks;
    return (uint64_t)stage->window * ticks <= EDGE_SPAN_MOST && input_fits(program, stage) &&
           output_fits(program, stage) && transition_fits(&stage->hit, program->stage_count) &&
           transition_fits(&stage->miss, program->stage_count) &&
           transition_fits(&stage->last, program->stage_count);
}

/* Bit n: the stage may be followed by stage n at the same tick. */
static uint32_t same_time(const struct edge_stage_record *stage) {
    uint32_t reached = 0;
    if (stage->hit.advance == 0) reached |= UINT32_C(1) << stage->hit.next;
    if (stage->miss.advance == 0) reached |= UINT32_C(1) << stage->miss.next;
    if (stage->limit != 0 && stage->last.advance == 0) reached |= UINT32_C(1) << stage->last.next;
    return reached;
}

/* Whether a stage could come back to itself without time passing. */
static bool is_endless(const struct edge_program *program, uint32_t start) {
    uint32_t reached = same_time(&program->stages[start]);
    for (uint32_t round = 0; round < program->stage_count; round++)
        for (uint32_t i = 0; i < program->stage_count; i++)
            if (reached >> i & 1u) reached |= same_time(&program->stages[i]);
    return reached >> start & 1u;
}

static enum edge_sensing_status check_stages(const struct edge_program *program, uint32_t *where) {
    for (*where = 0; *where < program->stage_count; ++*where)
        if (!stage_fits(program, &program->stages[*where])) return EDGE_SENSING_BAD_STAGE;
    for (*where = 0; *where < program->stage_count; ++*where)
        if (is_endless(program, *where)) return EDGE_SENSING_ENDLESS;
    return EDGE_SENSING_OK;
}

enum edge_sensing_status edge_program_check(const struct edge_program *program, uint32_t *where) {
    for (*where = 0; *where < program->stream_count; ++*where)
        if (!stream_fits(&program->streams[*where])) return EDGE_SENSING_BAD_STREAM;
    for (*where = 0; *where < program->fact_count; ++*where)
        if (!fact_fits(&program->facts[*where])) return EDGE_SENSING_BAD_FACT;
    for (*where = 0; *where < program->post_count; ++*where)
        if (program->posts[*where].stage >= program->stage_count) return EDGE_SENSING_BAD_POST;
    return check_stages(program, where);
}
