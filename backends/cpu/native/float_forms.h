/* The forms of the float loops that are compiled for this machine's family. */
#ifndef EDGE_DECODER_FLOAT_FORMS_H
#define EDGE_DECODER_FLOAT_FORMS_H

#include "floats.h"

extern const struct edge_floats edge_floats_plain;
#if defined(__x86_64__)
extern const struct edge_floats edge_floats_avx2, edge_floats_avx512;
#elif defined(__aarch64__)
extern const struct edge_floats edge_floats_neon;
#endif

#endif
