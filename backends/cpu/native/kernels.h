/* Matrix products of the ternary decoder: how weights are packed, and the forms of the kernels.
 *
 * A packed matrix [rows, depth] is groups of 16 rows (the last one padded with zero rows), each a
 * run of 64-byte blocks over the depth (the last one padded with zero weights). Byte 4 r + s of a
 * block belongs to row r of its group, s = 0..3.
 *
 * All forms give the same integers; `plain` is the oracle. Vectors x are int8, zero beyond depth up
 * to edge_padded_depth().
 */
#ifndef EDGE_DECODER_KERNELS_H
#define EDGE_DECODER_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* cffi:begin */
/* EDGE_BASE3: a byte holds the weights k = 20 b + 4 j + s, j = 0..4, as trits t_j = w + 1. With
 *   n = t_0 + 3 t_1 + 9 t_2 + 27 t_3 it is n | t_4 << 6 for n < 64, else 0xC0 | (3 (n - 64) + t_4).
 * EDGE_TWO_BIT: bits 2 j and 2 j + 1 hold w + 1 of the weight k = 16 b + 4 j + s, j = 0..3.
 * EDGE_INT8: w + 128 of the weight k = 4 b + s, w = -127..127; a float32 scale for each row lies
 *   beside it.
 * EDGE_INT4, 4.25 bits a weight: 64 weights of a row share a float16 scale. 128 of them are 17
 *   blocks: one of scales (byte 32 h + 2 r: row r's for weights 64 h .. 64 h + 63, little-endian),
 *   then blocks b = 0..15, where the low half of byte 4 r + s is the weight k = 8 b + s and the high
 *   half k = 8 b + 4 + s. A half names one of 16 levels (see layout.h); scale * level / 128. */
enum edge_packing { EDGE_BASE3 = 1, EDGE_TWO_BIT = 2, EDGE_INT8 = 3, EDGE_INT4 = 4 };

enum { EDGE_DEPTH_LIMIT = 32768 }; /* up to it, all sums are exact in 32 bits */

struct edge_matrix {
  const uint8_t *blocks; /* 64-byte aligned */
  const float *scales;   /* EDGE_INT8: [rows]; else NULL */
  uint32_t rows;
  uint32_t depth;
  uint32_t packing;
};

/* Bytes of the packed blocks, 0 for an unknown packing and for a depth of 0 or over the limit;
 * entries of a padded vector. */
uint64_t edge_packed_bytes(uint32_t packing, uint32_t rows, uint32_t depth);
uint32_t edge_padded_depth(uint32_t packing, uint32_t depth);

/* Pack rows first .. first + count - 1 (first a multiple of 16; count too, unless they end the
 * matrix) into the blocks of the whole matrix. codes: int8 [count, depth] of -1, 0, 1. */
void edge_pack_ternary(uint32_t packing, uint32_t rows, uint32_t depth, uint32_t first,
                       uint32_t count, const int8_t *codes, uint8_t *blocks);
/* The same for float rows, [count, depth], rounded to nearest; scales [rows] for EDGE_INT8. */
void edge_pack_float(uint32_t packing, uint32_t rows, uint32_t depth, uint32_t first,
                     uint32_t count, const float *values, uint8_t *blocks, float *scales);
/* Back to codes (ternary packings); -1 where a block holds a code that no writer makes. */
int edge_unpack_ternary(const struct edge_matrix *matrix, uint32_t first, uint32_t count,
                        int8_t *codes);
/* cffi:end */

/* One instruction set's kernels. All take whole groups of rows: group .. group + groups - 1. */
struct edge_kernels {
  const char *name; /* plain, avx2, avx512, neon, neon-dot */
  uint32_t preferred; /* EDGE_BASE3 or EDGE_TWO_BIT: which packing decodes faster from memory */
  /* y[16 i + r] = sum over k of w[16 (group + i) + r][k] * x[k]; x_sum: the sum of x. */
  void (*ternary_vector)(const struct edge_matrix *matrix, uint32_t group, uint32_t groups,
                         const int8_t *x, int32_t x_sum, int32_t *y);
  /* For up to 4 groups and any number of columns: y[64 c + 16 i + r]; column c of x starts at
   * c * x_stride bytes. scratch: edge_matrix_scratch() bytes, 64-byte aligned. */
  void (*ternary_matrix)(const struct edge_matrix *matrix, uint32_t group, uint32_t groups,
                         const int8_t *x, size_t x_stride, const int32_t *x_sums,
                         uint32_t columns, uint8_t *scratch, int32_t *y);
  /* EDGE_INT8 and EDGE_INT4: y = scale * (w @ x) in float32 with x = x_scale * (128 high + low),
   * low and high int8: the activations of a head keep 15 bits. x_sum = 128 sum(high) + sum(low).
   * The order of every float operation is fixed, so that all forms agree to the bit. */
  void (*head_vector)(const struct edge_matrix *matrix, uint32_t group, uint32_t groups,
                      const int8_t *high, const int8_t *low, int32_t x_sum, float x_scale,
                      float *y);
};

size_t edge_matrix_scratch(uint32_t depth);
/* The form of a name, or the fastest that this machine runs for NULL; NULL when it cannot. */
const struct edge_kernels *edge_kernels(const char *name);

#endif
