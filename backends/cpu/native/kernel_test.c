#include "kernel_test.h"

int edge_form_runs(const char *form) { return edge_kernels(form) != NULL; }

const char *edge_form_chosen(void) { return edge_kernels(NULL)->name; }

int edge_call_ternary_vector(const char *form, const struct edge_matrix *matrix, uint32_t group,
                             uint32_t groups, const int8_t *x, int32_t x_sum, int32_t *y) {
  const struct edge_kernels *kernels = edge_kernels(form);
  if (kernels == NULL) return -1;
  kernels->ternary_vector(matrix, group, groups, x, x_sum, y);
  return 0;
}

int edge_call_ternary_matrix(const char *form, const struct edge_matrix *matrix, uint32_t group,
                             uint32_t groups, const int8_t *x, size_t x_stride,
                             const int32_t *x_sums, uint32_t columns, uint8_t *scratch,
                             int32_t *y) {
  const struct edge_kernels *kernels = edge_kernels(form);
  if (kernels == NULL) return -1;
  kernels->ternary_matrix(matrix, group, groups, x, x_stride, x_sums, columns, scratch, y);
  return 0;
}

int edge_call_head_vector(const char *form, const struct edge_matrix *matrix, uint32_t group,
                          uint32_t groups, const int8_t *high, const int8_t *low, int32_t x_sum,
                          float x_scale, float *y) {
  const struct edge_kernels *kernels = edge_kernels(form);
  if (kernels == NULL) return -1;
  kernels->head_vector(matrix, group, groups, high, low, x_sum, x_scale, y);
  return 0;
}
