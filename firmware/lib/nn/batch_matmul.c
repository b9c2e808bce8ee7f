#include "batch_matmul.h"

#include "fixed_point.h"

enum { LARGEST = 1 << 20 }; /* of each count and step, so that products stay within 64 bits */

/* The bytes from the first to behind the last place that steps reach. */
static uint64_t reach(uint32_t a, uint32_t a_step, uint32_t b, uint32_t b_step, uint32_t c,
                      uint32_t c_step) {
    return (uint64_t)(a - 1u) * a_step + (uint64_t)(b - 1u) * b_step +
           (uint64_t)(c - 1u) * c_step + 1u;
}

static bool counts_fit(const struct edge_batch_matmul *r) {
    const uint32_t counts[] = {r->batches, r->rows, r->columns, r->depth};
    for (uint32_t i = 0; i < 4; i++)
        if (counts[i] < 1 || counts[i] > LARGEST) return false;
    /* A sum's numbers lie apart, so that a run's work is bounded by the arena. */
    return r->left_depth >= 1 && r->right_depth >= 1 && r->left_zero >= -128 && r->left_zero <= 127 && r->right_zero >= -128 &&
           r->right_zero <= 127 && edge_shift_fits(r->shift);
}

bool edge_batch_matmul_check(const struct edge_batch_matmul *r, const struct edge_limits *limits) {
    if (!counts_fit(r)) return false;
    const uint64_t results = (uint64_t)r->batches * r->rows;
    if (results > UINT32_MAX) return false;
    return edge_inside(r->left,
                       reach(r->batches, r->left_batch, r->rows, r->left_row, r->depth,
                             r->left_depth),
                       1, limits->arena) &&
           edge_inside(r->right,
                       reach(r->batches, r->right_batch, r->columns, r->right_column, r->depth,
                             r->right_depth),
                       1, limits->arena) &&
           edge_inside(r->output, results * r->columns, 1, limits->arena);
}

static int32_t sum_of(const struct edge_batch_matmul *r, const int8_t *left, const int8_t *right) {
    const uint32_t left_step = r->left_depth, right_step = r->right_depth;
    const int32_t left_zero = r->left_zero, right_zero = r->right_zero;
    int32_t sum = 0;
    for (uint32_t k = r->depth; k != 0; k--, left += left_step, right += right_step) {
        sum = edge_sum(sum, (*left - left_zero) * (*right - right_zero));
    }
    return sum;
}

void edge_batch_matmul(const struct edge_batch_matmul *record, const struct edge_memory *memory) {
    const struct edge_batch_matmul copy = *record, *r = &copy;
    const int8_t *left = (const int8_t *)memory->arena + r->left;
    const int8_t *right = (const int8_t *)memory->arena + r->right;
    int8_t *out = (int8_t *)memory->arena + r->output;
    for (uint32_t batch = 0; batch < r->batches; batch++) {
        for (uint32_t row = 0; row < r->rows; row++) {
            const int8_t *own = left + batch * r->left_batch + row * r->left_row;
            const int8_t *column = right + batch * r->right_batch;
            for (uint32_t n = r->columns; n != 0; n--, column += r->right_column) {
                const int32_t sum = sum_of(r, own, column);
                const int32_t scaled = edge_scaled(sum, r->multiplier, r->shift);
                *out++ = (int8_t)edge_clamped(edge_sum(scaled, r->output_zero), -128, 127);
            }
        }
    }
}
