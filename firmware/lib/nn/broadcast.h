/* Two operands of an element-wise operation, walked row by row with NumPy's broadcasting. */
#ifndef EDGESDK_NN_BROADCAST_H
#define EDGESDK_NN_BROADCAST_H

#include "kernel.h"

/* cffi:begin */
/* Axes from the outermost to the innermost; an operand that is repeated along one has stride 0.
 * Strides and offsets count elements. The output is contiguous. */
struct edge_broadcast {
    uint32_t sizes[5];
    uint32_t left[5];  /* strides */
    uint32_t right[5]; /* strides */
};
/* cffi:end */

/* Where a row begins, and how it goes on. */
struct edge_rows {
    const struct edge_broadcast *shape;
    uint32_t index[4];
    uint32_t left, right, output; /* offsets of the row's first element */
    uint32_t count, left_step, right_step;
};

/* Three places of a record: the tensors' offsets in the arena, and bytes of an element: 1 or 2. */
struct edge_operands {
    uint32_t left, right, output, size;
};

/* What an operation does with one pair; it only gives numbers that an element holds. */
typedef int32_t edge_binary(const void *record, int32_t left, int32_t right);

bool edge_broadcast_check(const struct edge_broadcast *shape, struct edge_operands operands,
                          const struct edge_limits *limits);
struct edge_rows edge_rows_first(const struct edge_broadcast *shape);
bool edge_rows_next(struct edge_rows *rows); /* false after the last */

static inline void edge_row8(const struct edge_rows *row, const int8_t *left, const int8_t *right,
                             int8_t *output, const void *record, edge_binary *operation) {
    uint32_t left_step = row->left_step, right_step = row->right_step;
    for (uint32_t i = row->count; i > 0; i--) {
        *output++ = (int8_t)operation(record, *left, *right);
        left += left_step;
        right += right_step;
    }
}

static inline void edge_row16(const struct edge_rows *row, const int16_t *left,
                              const int16_t *right, int16_t *output, const void *record,
                              edge_binary *operation) {
    uint32_t left_step = row->left_step, right_step = row->right_step;
    for (uint32_t i = row->count; i > 0; i--) {
        *output++ = (int16_t)operation(record, *left, *right);
        left += left_step;
        right += right_step;
    }
}

/* Inline, so that the operation is too: a kernel's whole loop is one piece of code. */
static inline void edge_broadcast_run8(const struct edge_broadcast *shape,
                                       struct edge_operands operands, uint8_t *arena,
                                       const void *record, edge_binary *operation) {
    int8_t *output = (int8_t *)arena + operands.output;
    const int8_t *left = (const int8_t *)arena + operands.left;
    const int8_t *right = (const int8_t *)arena + operands.right;
    struct edge_rows row = edge_rows_first(shape);
    do {
        edge_row8(&row, left + row.left, right + row.right, output + row.output, record, operation);
    } while (edge_rows_next(&row));
}

static inline void edge_broadcast_run16(const struct edge_broadcast *shape,
                                        struct edge_operands operands, uint8_t *arena,
                                        const void *record, edge_binary *operation) {
    int16_t *output = (int16_t *)(void *)(arena + operands.output);
    const int16_t *left = (const int16_t *)(const void *)(arena + operands.left);
    const int16_t *right = (const int16_t *)(const void *)(arena + operands.right);
    struct edge_rows row = edge_rows_first(shape);
    do {
        edge_row16(&row, left + row.left, right + row.right, output + row.output, record,
                   operation);
    } while (edge_rows_next(&row));
}

static inline void edge_broadcast_run(const struct edge_broadcast *shape,
                                      struct edge_operands operands, uint8_t *arena,
                                      const void *record, edge_binary *operation) {
    if (operands.size == 1)
        edge_broadcast_run8(shape, operands, arena, record, operation);
    else
        edge_broadcast_run16(shape, operands, arena, record, operation);
}

#endif
