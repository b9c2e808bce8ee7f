/* Matrices of floats: rows of float32 or float16, one after another. */
#include "engine.h"

float edge_row_dot(const struct edge_decoder *decoder, const struct edge_matrix *matrix,
                   uint32_t row, const float *x) {
  const size_t at = (size_t)row * matrix->depth;
  const void *blocks = matrix->blocks;
  if (matrix->packing == EDGE_FLOAT32)
    return decoder->floats->dot((const float *)blocks + at, x, matrix->depth);
  return decoder->floats->dot_half((const uint16_t *)blocks + at, x, matrix->depth);
}
