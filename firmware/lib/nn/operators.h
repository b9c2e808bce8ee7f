/* The tables of kernels, indexed by record kind; operators.def says which there are. */
#ifndef EDGESDK_NN_OPERATORS_H
#define EDGESDK_NN_OPERATORS_H

#include "plan.h"

/* cffi:begin */
enum { EDGE_KINDS = 128 };

/* Plain C, and the form with DSP instructions where a kernel has one (plain where it has not). */
extern const struct edge_operator edge_operators_plain[128]; /* [EDGE_KINDS] */
extern const struct edge_operator edge_operators_dsp[128];
/* cffi:end */

#endif
