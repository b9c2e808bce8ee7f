/* DEPTHWISE_CONV_2D with the Cortex-M33's DSP instructions: four channels of a pixel at a time.
 *
 * Per tap that is a load of inputs, one of two words of weights, two SXTAB16 and four SMLAxy for four
 * products; a kernel of three by three, which most networks have, goes without a loop.
 */
#include "channels.h"
#include "depthwise.h"

/* Four channels of one window, where its taps lie on the input. */
struct window {
    const int8_t *input;    /* at the first tap */
    const int16_t *weights; /* likewise */
    uint32_t rows, columns; /* taps */
    bool three_rows;        /* all three of a kernel of three by three */
    uint32_t line, step;    /* bytes to the next row of taps, and to the next tap */
    uint32_t weight_line;   /* int16 to the next row of taps */
    uint32_t minus_zero;
};

#if defined(__ARM_FEATURE_DSP)

/* By hand: compilers run out of registers here, and spill sums in every tap. One tap, four channels;
 * the inputs are loaded as `load` says. */
#define EDGE_TAP(load) \
    load \
    "ldrd %[w0], %[w1], [%[w]], #8\n" \
    "sxtab16 %[even], %[minus], %[odd]\n" \
    "sxtab16 %[odd], %[minus], %[odd], ror #8\n" \
    "smlabb %[a], %[even], %[w0], %[a]\n" \
    "smlabb %[b], %[odd], %[w1], %[b]\n" \
    "smlatt %[c], %[even], %[w0], %[c]\n" \
    "smlatt %[d], %[odd], %[w1], %[d]\n"
#define EDGE_THREE_TAPS \
    EDGE_TAP("ldr %[odd], [%[at]]\n") \
    EDGE_TAP("ldr %[odd], [%[at], %[step]]\n") \
    EDGE_TAP("ldr %[odd], [%[at], %[step], lsl #1]\n")

/* Of a row of three the two that lie on the input, at its left or right border. */
#define EDGE_TWO_TAPS \
    EDGE_TAP("ldr %[odd], [%[at]]\n") \
    EDGE_TAP("ldr %[odd], [%[at], %[step]]\n") \
    "add %[w], %[w], #8\n"
#define EDGE_NEXT_LINE "add %[at], %[at], %[line]\n"

/* Three rows of taps, of a kernel of three by three. */
#define EDGE_ROWS(name, row) \
    static inline void name(int32_t sums[4], const struct window *window) { \
        int32_t a = sums[0], b = sums[1], c = sums[2], d = sums[3]; \
        const int8_t *at = window->input; \
        const int16_t *weights = window->weights; \
        uint32_t even, odd, w0, w1; \
        __asm volatile(row EDGE_NEXT_LINE row EDGE_NEXT_LINE row \
            : [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [d] "+r"(d), [at] "+r"(at), \
              [w] "+r"(weights), [even] "=&r"(even), [odd] "=&r"(odd), [w0] "=&r"(w0), \
              [w1] "=&r"(w1) \
            : [minus] "r"(window->minus_zero), [step] "r"(window->step), \
              [line] "r"(window->line) \
            : "memory"); \
        sums[0] = a, sums[1] = b, sums[2] = c, sums[3] = d; \
    }
EDGE_ROWS(nine_taps, EDGE_THREE_TAPS)
EDGE_ROWS(six_taps, EDGE_TWO_TAPS)

static inline void row_of_taps(int32_t sums[4], const int8_t *at, uint32_t step,
                               const int16_t *weights, uint32_t count, uint32_t minus) {
    int32_t a = sums[0], b = sums[1], c = sums[2], d = sums[3];
    uint32_t even, odd, w0, w1;
    __asm volatile(
        "1:\n"
        EDGE_TAP("ldr %[odd], [%[at]]\n")
        "add %[at], %[at], %[step]\n"
        "subs %[n], %[n], #1\n"
        "bne 1b\n"
        : [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [d] "+r"(d), [at] "+r"(at), [w] "+r"(weights),
          [n] "+r"(count), [even] "=&r"(even), [odd] "=&r"(odd), [w0] "=&r"(w0), [w1] "=&r"(w1)
        : [minus] "r"(minus), [step] "r"(step)
        : "cc", "memory");
    sums[0] = a, sums[1] = b, sums[2] = c, sums[3] = d;
}

#else

static inline void row_of_taps(int32_t sums[4], const int8_t *at, uint32_t step,
                               const int16_t *weights, uint32_t count, uint32_t minus) {
    for (; count != 0; count--, at += step, weights += 4) {
        const uint32_t four = edge_word(at);
        const uint32_t even = edge_sxtab16(minus, four), odd = edge_sxtab16_odd(minus, four);
        const uint32_t w0 = edge_word(weights), w1 = edge_word(weights + 2);
        sums[0] = edge_smlabb(even, w0, sums[0]);
        sums[1] = edge_smlabb(odd, w1, sums[1]);
        sums[2] = edge_smlatt(even, w0, sums[2]);
        sums[3] = edge_smlatt(odd, w1, sums[3]);
    }
}

static inline void three_rows(int32_t sums[4], const struct window *w, uint32_t columns) {
    for (uint32_t row = 0; row < 3; row++) {
        row_of_taps(sums, w->input + row * w->line, w->step, w->weights + 12 * row, columns,
                    w->minus_zero);
    }
}
static inline void nine_taps(int32_t sums[4], const struct window *w) { three_rows(sums, w, 3); }
static inline void six_taps(int32_t sums[4], const struct window *w) { three_rows(sums, w, 2); }

#endif

static inline void multiply(const struct window *w, int32_t sums[4]) {
    if (w->three_rows && w->columns == 3) {
        nine_taps(sums, w);
        return;
    }
    if (w->three_rows && w->columns == 2) {
        six_taps(sums, w);
        return;
    }
    if (w->columns == 0) return;
    const int8_t *row = w->input;
    const int16_t *weights = w->weights;
    for (uint32_t n = w->rows; n != 0; n--, row += w->line, weights += w->weight_line) {
        row_of_taps(sums, row, w->step, weights, w->columns, w->minus_zero);
    }
}

struct job {
    const struct edge_depthwise *r;
    const uint8_t *constants;
    const int8_t *image;
    int8_t *out; /* the next pixel */
    struct edge_output output;
    bool common;
    uint32_t minus_zero;
};

/* Four channels from their sums. */
static inline void put_four(const struct job *job, const int32_t sums[4],
                            const struct edge_channel channel[4], int8_t *to) {
    if (job->common) {
        for (int i = 0; i < 4; i++) {
            to[i] = edge_common_byte(sums[i], &channel[i]);
        }
        return;
    }
    for (uint32_t i = 0; i < 4; i++) {
        const struct edge_channel own = edge_channel_at((const uint8_t *)channel, 0, i);
        to[i] = edge_to_byte(sums[i], &own, &job->output);
    }
}

/* All channels of one output pixel. */
static void pixel(struct job *job, const struct edge_taps *rows, const struct edge_taps *columns) {
    const struct edge_depthwise *r = job->r;
    const uint32_t line = r->input_width * r->channels;
    const int16_t *weights = (const int16_t *)(const void *)(job->constants + r->weights);
    const uint32_t taps = r->kernel_height * r->kernel_width;
    struct window w = {
        .input = job->image + rows->place * line + columns->place * r->channels,
        .weights = weights + 4u * (rows->from * r->kernel_width + columns->from),
        .rows = rows->to - rows->from,
        .columns = columns->to - columns->from,
        .three_rows = r->kernel_width == 3 && r->kernel_height == 3 && rows->to - rows->from == 3,
        .line = line * r->dilation_height,
        .step = r->channels * r->dilation_width,
        .weight_line = 4u * r->kernel_width,
        .minus_zero = job->minus_zero,
    };
    int8_t *to = job->out;
    const struct edge_channel *channel =
        (const struct edge_channel *)(const void *)(job->constants + r->rescaling);
    for (const int8_t *end = to + r->channels; to != end; to += 4, channel += 4) {
        int32_t sums[4] = {channel[0].bias, channel[1].bias, channel[2].bias, channel[3].bias};
        multiply(&w, sums);
        put_four(job, sums, channel, to);
        w.input += 4;
        w.weights += 4u * taps;
    }
    job->out = to;
}

static void image(struct job *job) {
    const struct edge_depthwise *r = job->r;
    for (uint32_t y = 0; y < r->output_height; y++) {
        const struct edge_taps rows = edge_taps_of(y, r->stride_height, r->pad_top, r->kernel_height,
                                                   r->dilation_height, r->input_height);
        for (uint32_t x = 0; x < r->output_width; x++) {
            const struct edge_taps columns = edge_taps_of(
                x, r->stride_width, r->pad_left, r->kernel_width, r->dilation_width, r->input_width);
            pixel(job, &rows, &columns);
        }
    }
}

void edge_depthwise_dsp(const struct edge_depthwise *record, const struct edge_memory *memory) {
    const struct edge_depthwise copy = *record, *r = &copy;
    if (r->multiplier != 1 || r->channels % 4u != 0) {
        edge_depthwise(record, memory); /* four channels are not beside each other then */
        return;
    }
    const uint16_t minus = (uint16_t)-r->input_zero;
    struct job job = {
        .r = r,
        .constants = memory->constants,
        .image = (const int8_t *)memory->arena + r->input,
        .out = (int8_t *)memory->arena + r->output,
        .output = {r->output_zero, r->low, r->high, false},
        .common = r->common != 0,
        .minus_zero = (uint32_t)minus << 16 | minus,
    };
    for (uint32_t batch = 0; batch < r->batches; batch++) {
        image(&job);
        job.image += r->input_height * r->input_width * r->channels;
    }
}
