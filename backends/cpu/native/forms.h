/* The forms of the kernels that were compiled for this machine's family. */
#ifndef EDGE_DECODER_FORMS_H
#define EDGE_DECODER_FORMS_H

#include "kernels.h"

extern const struct edge_kernels edge_form_plain;

#if defined(__x86_64__)
extern const struct edge_kernels edge_form_avx2, edge_form_avx512;
#elif defined(__aarch64__)
extern const struct edge_kernels edge_form_neon, edge_form_neon_dot;
#endif

#endif
