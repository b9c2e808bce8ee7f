#if defined(__aarch64__)
#define EDGE_DOT 1
#include "neon_head.h"
#include "neon_matrix.h"
#include "neon_vector.h"

const struct edge_kernels edge_form_neon_dot = {"neon-dot", EDGE_BASE3, ternary_vector,
                                                ternary_matrix, head_vector};
#endif
