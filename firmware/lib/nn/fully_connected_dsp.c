/* FULLY_CONNECTED with the Cortex-M33's DSP instructions: four inputs, taken apart, meet four rows of
 * weights. That is 23 instructions for 16 products, and no memory besides.
 */
#include "channels.h"
#include "fully_connected.h"

enum { ROWS = 4 };

/* Four inputs minus the zero point; behind the row's end they are nothing. */
struct inputs {
    uint32_t even, odd;
};

static inline struct inputs four_inputs(const int8_t *from, uint32_t minus_zero) {
    const uint32_t four = edge_word(from);
    return (struct inputs){edge_sxtab16(minus_zero, four), edge_sxtab16_odd(minus_zero, four)};
}

static inline struct inputs last_inputs(const int8_t *from, uint32_t count, uint32_t minus_zero) {
    int8_t four[4] = {0, 0, 0, 0}; /* their weights are zero */
    memcpy(four, from, count);
    return four_inputs(four, minus_zero);
}

static inline int32_t multiply(uint32_t four, struct inputs x, int32_t sum) {
    return edge_smlad(edge_sxtb16_odd(four), x.odd, edge_smlad(edge_sxtb16(four), x.even, sum));
}

struct row {
    const int8_t *in;
    uint32_t depth, padded, minus_zero;
};

/* The sums of `ROWS` rows of weights. */
static inline void four_rows(const struct row *row, const int8_t *weights, int32_t sums[ROWS]) {
    const uint32_t whole = row->depth & ~3u, minus_zero = row->minus_zero;
    const int8_t *w0 = weights, *w1 = w0 + row->padded, *w2 = w1 + row->padded;
    const int8_t *w3 = w2 + row->padded, *in = row->in;
    int32_t a = sums[0], b = sums[1], c = sums[2], d = sums[3];
    for (uint32_t i = 0; i < row->padded; i += 4) {
        const struct inputs x = i < whole ? four_inputs(in + i, minus_zero)
                                          : last_inputs(in + i, row->depth - whole, minus_zero);
        a = multiply(edge_word(w0 + i), x, a);
        b = multiply(edge_word(w1 + i), x, b);
        c = multiply(edge_word(w2 + i), x, c);
        d = multiply(edge_word(w3 + i), x, d);
    }
    sums[0] = a, sums[1] = b, sums[2] = c, sums[3] = d;
}

static inline int32_t one_row(const struct row *row, const int8_t *weights, int32_t sum) {
    const uint32_t whole = row->depth & ~3u;
    for (uint32_t i = 0; i < whole; i += 4) {
        sum = multiply(edge_word(weights + i), four_inputs(row->in + i, row->minus_zero), sum);
    }
    if (whole == row->depth) return sum;
    const struct inputs last = last_inputs(row->in + whole, row->depth - whole, row->minus_zero);
    return multiply(edge_word(weights + whole), last, sum);
}

static void finish_row(const struct edge_fully_connected *r, const struct edge_memory *memory,
                       const struct row *row, int8_t *out) {
    const int8_t *weights = (const int8_t *)memory->constants + r->weights;
    const struct edge_output output = {r->output_zero, r->low, r->high, true};
    struct edge_channel channel[ROWS];
    uint32_t unit = 0;
    for (; unit + ROWS <= r->units; unit += ROWS, weights += ROWS * row->padded) {
        int32_t sums[ROWS];
        for (uint32_t i = 0; i < ROWS; i++) {
            channel[i] = edge_channel_at(memory->constants, r->rescaling, unit + i);
            sums[i] = channel[i].bias;
        }
        four_rows(row, weights, sums);
        for (uint32_t i = 0; i < ROWS; i++) out[unit + i] = edge_to_byte(sums[i], &channel[i], &output);
    }
    for (; unit < r->units; unit++, weights += row->padded) {
        channel[0] = edge_channel_at(memory->constants, r->rescaling, unit);
        out[unit] = edge_to_byte(one_row(row, weights, channel[0].bias), &channel[0], &output);
    }
}

void edge_fully_connected_dsp(const struct edge_fully_connected *record,
                              const struct edge_memory *memory) {
    const struct edge_fully_connected copy = *record, *r = &copy;
    const uint16_t minus = (uint16_t)-r->input_zero;
    struct row row = {
        .in = (const int8_t *)memory->arena + r->input,
        .depth = r->depth,
        .padded = (r->depth + 3u) & ~3u,
        .minus_zero = (uint32_t)minus << 16 | minus,
    };
    int8_t *out = (int8_t *)memory->arena + r->output;
    for (uint32_t batch = 0; batch < r->batches; batch++, row.in += r->depth, out += r->units) {
        finish_row(r, memory, &row, out);
    }
}
