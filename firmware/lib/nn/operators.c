#include "operators.h"

/* The kernels' headers, which the list itself includes. */
#define EDGE_OPERATOR(number, name)
#define EDGE_OPERATOR_DSP(number, name)
#include "operators.def"
#undef EDGE_OPERATOR
#undef EDGE_OPERATOR_DSP

/* A function of each kernel with the table's own types: C does not allow to call through others. */
#define EDGE_CHECK(name)                                                                  \
    _Static_assert(sizeof(struct edge_##name) % 4 == 0, "a record is whole words");       \
    static bool check_##name(const void *record, const struct edge_limits *limits) {      \
        return edge_##name##_check((const struct edge_##name *)record, limits);           \
    }
#define EDGE_RUN(name, form)                                                              \
    static void run_##form(const void *record, const struct edge_memory *memory) {        \
        edge_##form((const struct edge_##name *)record, memory);                          \
    }
#define EDGE_OPERATOR(number, name) EDGE_CHECK(name) EDGE_RUN(name, name)
#define EDGE_OPERATOR_DSP(number, name) EDGE_OPERATOR(number, name) EDGE_RUN(name, name##_dsp)
#include "operators.def"
#undef EDGE_OPERATOR
#undef EDGE_OPERATOR_DSP

#define EDGE_ENTRY(number, name, form) \
    [number] = {sizeof(struct edge_##name), check_##name, run_##form},
#define EDGE_OPERATOR(number, name) EDGE_ENTRY(number, name, name)

const struct edge_operator edge_operators_plain[EDGE_KINDS] = {
#define EDGE_OPERATOR_DSP(number, name) EDGE_ENTRY(number, name, name)
#include "operators.def"
#undef EDGE_OPERATOR_DSP
};

const struct edge_operator edge_operators_dsp[EDGE_KINDS] = {
#define EDGE_OPERATOR_DSP(number, name) EDGE_ENTRY(number, name, name##_dsp)
#include "operators.def"
};
