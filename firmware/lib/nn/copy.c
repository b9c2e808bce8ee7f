#include "copy.h"

#include <string.h>

#include "spaces.h"

enum { AXES = 6, LAST = AXES - 1 };

/* What a side touches, if it is all inside the arena. */
static bool side_of(const uint32_t sizes[AXES], const int32_t strides[AXES], uint64_t start,
                    uint32_t run, uint32_t arena, struct edge_space *space) {
    int64_t low = (int64_t)start, high = low + run;
    for (int axis = 0; axis < AXES; axis++) {
        int64_t distance = (int64_t)(sizes[axis] - 1u) * strides[axis];
        if (distance > UINT32_MAX || distance < -(int64_t)UINT32_MAX) return false;
        if (distance < 0)
            low += distance;
        else
            high += distance;
    }
    if (low < 0 || high > arena) return false;
    *space = (struct edge_space){(uint64_t)low, (uint64_t)high};
    return true;
}

bool edge_copy_check(const struct edge_copy *r, const struct edge_limits *limits) {
    struct edge_space from, to;
    uint64_t count = r->run;
    for (int axis = 0; axis < AXES; axis++) {
        count *= r->sizes[axis];
        if (count == 0 || count > limits->arena) return false;
    }
    return side_of(r->sizes, r->input_strides, (uint64_t)r->input + r->input_start, r->run,
                   limits->arena, &from) &&
           side_of(r->sizes, r->output_strides, (uint64_t)r->output + r->output_start, r->run,
                   limits->arena, &to) &&
           edge_apart(from, to);
}

/* Along the innermost axis; offsets into the arena, which wrap where a stride is negative. */
static void row(const struct edge_copy *r, uint8_t *arena, uint32_t to, uint32_t from) {
    const uint32_t step = (uint32_t)r->input_strides[LAST], out = (uint32_t)r->output_strides[LAST];
    const uint32_t count = r->sizes[LAST], run = r->run;
    if (run == 1) {
        for (uint32_t i = count; i > 0; i--, from += step, to += out) arena[to] = arena[from];
    } else {
        for (uint32_t i = count; i > 0; i--, from += step, to += out)
            memcpy(arena + to, arena + from, run);
    }
}

void edge_copy(const struct edge_copy *record, const struct edge_memory *memory) {
    const struct edge_copy copy = *record, *r = &copy;
    uint32_t index[AXES] = {0};
    uint32_t from = r->input + r->input_start, to = r->output + r->output_start;
    for (int axis = 0; axis >= 0;) {
        row(r, memory->arena, to, from);
        for (axis = LAST - 1; axis >= 0; axis--) {
            uint32_t step = (uint32_t)r->input_strides[axis];
            uint32_t out = (uint32_t)r->output_strides[axis];
            from += step;
            to += out;
            if (++index[axis] < r->sizes[axis]) break;
            from -= r->sizes[axis] * step;
            to -= r->sizes[axis] * out;
            index[axis] = 0;
        }
    }
}
