/* CONV_2D with the Cortex-M33's DSP instructions: four windows at a time.
 *
 * The windows are taken apart once into 16 bits, minus the zero point, and then meet every output
 * channel: per four weights one load, two SXTB16, four loads of two words and eight SMLAD, which is
 * fifteen instructions for sixteen products.
 */
#include "channels.h"
#include "conv2d.h"

enum { WINDOWS = 4, GROUP = 2 * WINDOWS }; /* a group: four values of each window, two words each */

/* Where four values of one window go. */
static inline void put_four(uint32_t *at, uint32_t minus_zero, const int8_t *from) {
    const uint32_t four = edge_word(from);
    at[0] = edge_sxtab16(minus_zero, four);
    at[1] = edge_sxtab16_odd(minus_zero, four);
}

/* Value number k of a window, when it comes alone. */
static inline void put_one(uint32_t *groups, uint32_t window, uint32_t k, int32_t value) {
    static const uint8_t order[4] = {0, 2, 1, 3};
    int16_t *half = (int16_t *)(groups + (k / 4u) * GROUP + 2u * window);
    half[order[k % 4u]] = (int16_t)value;
}

struct taking {
    uint32_t *groups;
    uint32_t window, k, minus_zero;
    int32_t zero;
};

static inline void take_values(struct taking *t, const int8_t *from, uint32_t count) {
    if (t->k % 4u == 0) {
        uint32_t *group = t->groups + (t->k / 4u) * GROUP + 2u * t->window;
        const uint32_t minus = t->minus_zero;
        t->k += count & ~3u;
        for (; count >= 8; count -= 8, from += 8, group += 2 * GROUP) {
            put_four(group, minus, from);
            put_four(group + GROUP, minus, from + 4);
        }
        for (; count >= 4; count -= 4, from += 4, group += GROUP) put_four(group, minus, from);
    }
    for (; count != 0; count--, from++, t->k++) {
        put_one(t->groups, t->window, t->k, *from - t->zero);
    }
}

static void take_zeros(struct taking *t, uint32_t count) {
    for (; count >= 4 && t->k % 4u == 0; count -= 4, t->k += 4) {
        uint32_t *two = t->groups + (t->k / 4u) * GROUP + 2u * t->window;
        two[0] = two[1] = 0;
    }
    for (; count != 0; count--, t->k++) put_one(t->groups, t->window, t->k, 0);
}

/* One row of a window; values that lie beside each other in memory go together. */
static void take_row(const struct edge_conv2d *r, struct taking *t, const int8_t *row,
                     int32_t left) {
    const int32_t width = (int32_t)r->input_width, right = left + (int32_t)r->kernel_width;
    if (r->dilation_width == 1 && left >= 0 && right <= width) {
        take_values(t, row + (uint32_t)left * r->channels, r->kernel_width * r->channels);
        return;
    }
    if (r->dilation_width == 1) {
        const int32_t columns = (int32_t)r->kernel_width;
        const int32_t before = edge_clamped(-left, 0, columns);
        const int32_t inside = edge_clamped(width - left - before, 0, columns - before);
        take_zeros(t, (uint32_t)before * r->channels);
        if (inside != 0) {
            take_values(t, row + (uint32_t)(left + before) * r->channels,
                        (uint32_t)inside * r->channels);
        }
        take_zeros(t, (uint32_t)(columns - before - inside) * r->channels);
        return;
    }
    for (uint32_t kx = 0; kx < r->kernel_width; kx++, left += (int32_t)r->dilation_width) {
        if (left >= 0 && left < width) {
            take_values(t, row + (uint32_t)left * r->channels, r->channels);
        } else {
            take_zeros(t, r->channels);
        }
    }
}

static void take_window(const struct edge_conv2d *r, struct taking *t, const int8_t *image,
                        int32_t top, int32_t left) {
    t->k = 0;
    for (uint32_t ky = 0; ky < r->kernel_height; ky++, top += (int32_t)r->dilation_height) {
        if (top >= 0 && top < (int32_t)r->input_height) {
            take_row(r, t, image + (uint32_t)top * r->input_width * r->channels, left);
        } else {
            take_zeros(t, r->kernel_width * r->channels);
        }
    }
    while (t->k % 8u != 0) take_zeros(t, 1);
}

/* The sums of one output channel for four windows; returns where the next channel's weights are.
 * groups: of four values, an even number. */
#if defined(__ARM_FEATURE_DSP)
/* By hand: compilers load the eight words of a group one by one, and need half as much again. */
static inline const int8_t *multiply(const uint32_t *x, const int8_t *weights, uint32_t groups,
                                     int32_t sums[WINDOWS]) {
    int32_t a = sums[0], b = sums[1], c = sums[2], d = sums[3];
    uint32_t even, odd;
#define EDGE_GROUP_ONE \
    "ldr %[odd], [%[w]], #4\n" \
    "ldmia %[x]!, {r8, r9, r10, r11}\n" \
    "sxtb16 %[even], %[odd]\n" \
    "sxtb16 %[odd], %[odd], ror #8\n" \
    "smlad %[a], %[even], r8, %[a]\n" \
    "smlad %[b], %[even], r10, %[b]\n" \
    "smlad %[a], %[odd], r9, %[a]\n" \
    "smlad %[b], %[odd], r11, %[b]\n" \
    "ldmia %[x]!, {r8, r9, r10, r11}\n" \
    "smlad %[c], %[even], r8, %[c]\n" \
    "smlad %[d], %[even], r10, %[d]\n" \
    "smlad %[c], %[odd], r9, %[c]\n" \
    "smlad %[d], %[odd], r11, %[d]\n"
    __asm volatile(
        "1:\n" EDGE_GROUP_ONE EDGE_GROUP_ONE
        "subs %[n], %[n], #2\n"
        "bne 1b\n"
        : [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [d] "+r"(d), [x] "+r"(x), [w] "+r"(weights),
          [n] "+r"(groups), [even] "=&r"(even), [odd] "=&r"(odd)
        :
        : "r8", "r9", "r10", "r11", "cc", "memory");
#undef EDGE_GROUP_ONE
    sums[0] = a, sums[1] = b, sums[2] = c, sums[3] = d;
    return weights;
}
#else
static inline const int8_t *multiply(const uint32_t *x, const int8_t *weights, uint32_t groups,
                                     int32_t sums[WINDOWS]) {
    for (; groups != 0; groups--, weights += 4, x += GROUP) {
        const uint32_t four = edge_word(weights);
        const uint32_t even = edge_sxtb16(four), odd = edge_sxtb16_odd(four);
        for (uint32_t i = 0; i < WINDOWS; i++) {
            sums[i] = edge_smlad(odd, x[2u * i + 1u], edge_smlad(even, x[2u * i], sums[i]));
        }
    }
    return weights;
}
#endif

struct job {
    const uint32_t *x;
    const int8_t *weights;
    const struct edge_channel *channels;
    uint32_t groups, count; /* of a row of weights, of four; output channels */
    struct edge_output output;
    bool common;
};

/* All output channels of four windows: the loop in which a network spends its time. */
static void finish_four(const struct job *job, int8_t *out) {
    const int8_t *weights = job->weights;
    const struct edge_channel *channel = job->channels;
    const uint32_t step = job->count;
    for (const int8_t *end = out + step; out != end; out++, channel++) {
        int32_t sums[WINDOWS] = {channel->bias, channel->bias, channel->bias, channel->bias};
        weights = multiply(job->x, weights, job->groups, sums);
        const struct edge_channel by = *channel;
        int8_t *to = out;
        *to = edge_common_byte(sums[0], &by);
        to += step;
        *to = edge_common_byte(sums[1], &by);
        to += step;
        *to = edge_common_byte(sums[2], &by);
        to += step;
        *to = edge_common_byte(sums[3], &by);
    }
}

/* Likewise of up to four windows, and of networks that are not common. */
static void finish_some(const struct job *job, int8_t *out, uint32_t windows) {
    const int8_t *weights = job->weights;
    for (uint32_t c = 0; c < job->count; c++) {
        const struct edge_channel channel = edge_channel_at((const uint8_t *)job->channels, 0, c);
        int32_t sums[WINDOWS] = {channel.bias, channel.bias, channel.bias, channel.bias};
        weights = multiply(job->x, weights, job->groups, sums);
        for (uint32_t i = 0; i < windows; i++) {
            out[c + i * job->count] = edge_to_byte(sums[i], &channel, &job->output);
        }
    }
}

static void finish(const struct job *job, int8_t *out, uint32_t windows) {
    if (job->common && windows == WINDOWS) {
        finish_four(job, out);
    } else {
        finish_some(job, out, windows);
    }
}

void edge_conv2d_dsp(const struct edge_conv2d *record, const struct edge_memory *memory) {
    const struct edge_conv2d copy = *record, *r = &copy;
    const int8_t *image = (const int8_t *)memory->arena + r->input;
    int8_t *out = (int8_t *)memory->arena + r->output;
    const uint16_t minus = (uint16_t)-r->input_zero;
    struct taking taking = {.groups = (uint32_t *)(void *)(memory->arena + r->scratch),
                            .minus_zero = (uint32_t)minus << 16 | minus,
                            .zero = r->input_zero};
    const struct job job = {
        .x = taking.groups,
        .weights = (const int8_t *)memory->constants + r->weights,
        .channels = (const struct edge_channel *)(const void *)(memory->constants + r->rescaling),
        .groups = edge_conv2d_depth(r) / 4u,
        .count = r->output_channels,
        .output = {r->output_zero, r->low, r->high, r->round_once != 0},
        .common = r->common != 0,
    };
    for (uint32_t batch = 0; batch < r->batches; batch++) {
        for (uint32_t y = 0; y < r->output_height; y++) {
            const int32_t top = (int32_t)(y * r->stride_height) - (int32_t)r->pad_top;
            int32_t left = -(int32_t)r->pad_left;
            for (uint32_t x = 0; x < r->output_width; x++, left += (int32_t)r->stride_width) {
                take_window(r, &taking, image, top, left);
                if (++taking.window == WINDOWS) {
                    finish(&job, out, WINDOWS);
                    out += WINDOWS * r->output_channels;
                    taking.window = 0;
                }
            }
        }
        image += r->input_height * r->input_width * r->channels;
    }
    /* The last few: what is left of earlier windows is multiplied too, and not looked at. */
    if (taking.window != 0) finish(&job, out, taking.window);
}
