/* The kernels for callers in Python: tests and the bench. A form is called by its name. */
#ifndef EDGE_DECODER_KERNEL_TEST_H
#define EDGE_DECODER_KERNEL_TEST_H

#include "kernels.h"

/* cffi:begin */
/* Whether this machine runs a form, and the name of the one it would choose. */
int edge_form_runs(const char *form);
const char *edge_form_chosen(void);

/* One kernel of a form; see kernels.h. They give -1 for a form that this machine does not run. */
int edge_call_ternary_vector(const char *form, const struct edge_matrix *matrix, uint32_t group,
                             uint32_t groups, const int8_t *x, int32_t x_sum, int32_t *y);
int edge_call_ternary_matrix(const char *form, const struct edge_matrix *matrix, uint32_t group,
                             uint32_t groups, const int8_t *x, size_t x_stride,
                             const int32_t *x_sums, uint32_t columns, uint8_t *scratch,
                             int32_t *y);
int edge_call_head_vector(const char *form, const struct edge_matrix *matrix, uint32_t group,
                          uint32_t groups, const int8_t *high, const int8_t *low, int32_t x_sum,
                          float x_scale, float *y);
size_t edge_matrix_scratch(uint32_t depth);
/* cffi:end */

#endif
