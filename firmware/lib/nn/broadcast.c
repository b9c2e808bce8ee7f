#include "broadcast.h"

enum { AXES = 5, LAST = AXES - 1 };

/* The elements from an operand's first to its last; more than 32 bits where it is too much. */
static uint64_t extent(const uint32_t sizes[AXES], const uint32_t strides[AXES]) {
    uint64_t end = 1;
    for (int axis = 0; axis < AXES; axis++) {
        uint64_t reach = (uint64_t)(sizes[axis] - 1u) * strides[axis];
        if (reach > UINT32_MAX) return UINT64_MAX;
        end += reach;
    }
    return end;
}

bool edge_broadcast_check(const struct edge_broadcast *shape, struct edge_operands operands,
                          const struct edge_limits *limits) {
    uint64_t count = 1;
    for (int axis = 0; axis < AXES; axis++) {
        count *= shape->sizes[axis];
        if (count == 0 || count > UINT32_MAX) return false;
    }
    return (operands.size == 1 || operands.size == 2) &&
           edge_inside(operands.output, count, operands.size, limits->arena) &&
           edge_inside(operands.left, extent(shape->sizes, shape->left), operands.size,
                       limits->arena) &&
           edge_inside(operands.right, extent(shape->sizes, shape->right), operands.size,
                       limits->arena);
}

struct edge_rows edge_rows_first(const struct edge_broadcast *shape) {
    return (struct edge_rows){
        .shape = shape,
        .count = shape->sizes[LAST],
        .left_step = shape->left[LAST],
        .right_step = shape->right[LAST],
    };
}

bool edge_rows_next(struct edge_rows *rows) {
    const struct edge_broadcast *shape = rows->shape;
    rows->output += rows->count;
    for (int axis = LAST - 1; axis >= 0; axis--) {
        rows->left += shape->left[axis];
        rows->right += shape->right[axis];
        if (++rows->index[axis] < shape->sizes[axis]) return true;
        rows->index[axis] = 0;
        rows->left -= shape->sizes[axis] * shape->left[axis];
        rows->right -= shape->sizes[axis] * shape->right[axis];
    }
    return false;
}
