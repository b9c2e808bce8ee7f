/* BATCH_MATMUL of int8: two tensors of the arena, either of them transposed, either of them the same
 * for all batches.
 *
 * left is [batches, rows, depth] and right is [batches, depth, columns], by the steps (in bytes) from
 * one batch, row, column or place of the sum to the next.
 */
#ifndef EDGESDK_NN_BATCH_MATMUL_H
#define EDGESDK_NN_BATCH_MATMUL_H

#include "kernel.h"

/* cffi:begin */
struct edge_batch_matmul {
    uint32_t left;   /* arena: int8 */
    uint32_t right;  /* arena: int8 */
    uint32_t output; /* arena: int8[batches, rows, columns] */
    uint32_t batches;
    uint32_t rows;
    uint32_t columns;
    uint32_t depth;
    uint32_t left_batch; /* steps of left */
    uint32_t left_row;
    uint32_t left_depth;
    uint32_t right_batch; /* steps of right */
    uint32_t right_column;
    uint32_t right_depth;
    int32_t left_zero;
    int32_t right_zero;
    int32_t output_zero;
    int32_t multiplier;
    int32_t shift;
};

bool edge_batch_matmul_check(const struct edge_batch_matmul *record,
                             const struct edge_limits *limits);
void edge_batch_matmul(const struct edge_batch_matmul *record, const struct edge_memory *memory);
/* cffi:end */

#endif
