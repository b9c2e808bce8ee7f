#include "cascade.h"

static const struct edge_transition *transition(struct edge_cascade *cascade,
                                                const struct edge_stage_record *stage,
                                                bool is_hit) {
    cascade->hits = is_hit ? cascade->hits + 1u : 0;
    if (!is_hit) return &stage->miss;
    if (stage->limit == 0 || cascade->hits < stage->limit) return &stage->hit;
    cascade->hits = 0;
    return &stage->last;
}

uint32_t edge_cascade_move(struct edge_cascade *cascade, const struct edge_stage_record *stages,
                           int32_t score) {
    const struct edge_stage_record *stage = &stages[cascade->stage];
    const bool is_hit = score >= stage->threshold;
    const struct edge_transition *taken = transition(cascade, stage, is_hit);
    if (taken->next != cascade->stage) cascade->hits = 0;
    cascade->stage = taken->next;
    cascade->tick += taken->advance;
    return is_hit;
}

void edge_cascade_restart(struct edge_cascade *cascade, uint64_t tick) {
    *cascade = (struct edge_cascade){.tick = tick};
}
