#include "pool.h"

#include "fixed_point.h"
#include "sides.h"

enum { LARGEST_WINDOW = 1 << 23 }; /* so that no sum of its numbers leaves 31 bits */

/* The part of the input below a window: rows and columns, from the first to before the last. */
struct window {
    uint32_t top, bottom, left, right;
};

static bool sides_fit(const struct edge_pool *r) {
    const uint32_t sides[] = {r->batches,       r->input_height,  r->input_width,
                              r->channels,      r->output_height, r->output_width,
                              r->window_height, r->window_width,  r->stride_height,
                              r->stride_width};
    return edge_sides_fit(sides, sizeof sides / sizeof sides[0]) &&
           r->pad_top <= EDGE_LARGEST_SIDE && r->pad_left <= EDGE_LARGEST_SIDE &&
           (uint64_t)r->window_height * r->window_width <= LARGEST_WINDOW &&
           edge_reach_fits(r->output_height, r->stride_height, r->window_height, 1) &&
           edge_reach_fits(r->output_width, r->stride_width, r->window_width, 1);
}

bool edge_pool_check(const struct edge_pool *record, const struct edge_limits *limits) {
    if (!sides_fit(record)) return false;
    uint64_t pixels = (uint64_t)record->batches * record->channels;
    uint64_t inputs = pixels * record->input_height, outputs = pixels * record->output_height;
    if (inputs > UINT32_MAX || outputs > UINT32_MAX) return false;
    return edge_inside(record->input, inputs * record->input_width, 1, limits->arena) &&
           edge_inside(record->output, outputs * record->output_width, 1, limits->arena);
}

/* The first place at or above zero of a window that begins at place - pad. */
static uint32_t first(uint32_t place, uint32_t pad, uint32_t size) {
    uint32_t begin = place > pad ? place - pad : 0;
    return begin < size ? begin : size;
}

static struct window window_at(const struct edge_pool *r, uint32_t row, uint32_t column) {
    uint32_t top = row * r->stride_height, left = column * r->stride_width;
    return (struct window){
        .top = first(top, r->pad_top, r->input_height),
        .bottom = first(top + r->window_height, r->pad_top, r->input_height),
        .left = first(left, r->pad_left, r->input_width),
        .right = first(left + r->window_width, r->pad_left, r->input_width),
    };
}

/* Four channels at a time, as the bytes of a word. What is left over is one channel at a time. */
enum { GROUP = 4, PACKED_MOST = 255 /* bytes that 16 bits hold the sum of */ };

static uint32_t places_in(const struct window *w) {
    return (w->bottom - w->top) * (w->right - w->left);
}

static const int8_t *row_of(const struct edge_pool *r, const struct window *w, uint32_t y,
                            const int8_t *channel) {
    return channel + (y * r->input_width + w->left) * r->channels;
}

static void sum_group(const struct edge_pool *r, const struct window *w, const int8_t *channel,
                      int32_t *sums) {
    uint32_t even = 0, odd = 0; /* two sums of 16 bits each */
    for (uint32_t y = w->top; y < w->bottom; y++) {
        const int8_t *at = row_of(r, w, y, channel);
        for (uint32_t x = w->right - w->left; x > 0; x--, at += r->channels) {
            uint32_t word = edge_word(at);
            even = edge_sxtab16(even, word);
            odd = edge_sxtab16_odd(odd, word);
        }
    }
    sums[0] = (int16_t)(even & 0xFFFFu);
    sums[1] = (int16_t)(odd & 0xFFFFu);
    sums[2] = (int16_t)(even >> 16);
    sums[3] = (int16_t)(odd >> 16);
}

static int32_t sum_of(const struct edge_pool *r, const struct window *w, const int8_t *channel) {
    int32_t sum = 0;
    for (uint32_t y = w->top; y < w->bottom; y++) {
        const int8_t *at = row_of(r, w, y, channel);
        for (uint32_t x = w->right - w->left; x > 0; x--, at += r->channels)
            sum = edge_sum(sum, *at);
    }
    return sum;
}

/* To nearest, halves away from zero. */
static int32_t mean_of(int32_t sum, int32_t count) {
    if (count == 0) return 0;
    return (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
}

static void average(const struct edge_pool *r, const struct window *w, const int8_t *image,
                    int8_t *output) {
    int32_t count = (int32_t)places_in(w), sums[GROUP];
    uint32_t channel = 0;
    for (; count <= PACKED_MOST && channel + GROUP <= r->channels; channel += GROUP) {
        sum_group(r, w, image + channel, sums);
        for (int i = 0; i < GROUP; i++)
            *output++ = (int8_t)edge_clamped(mean_of(sums[i], count), r->low, r->high);
    }
    for (; channel < r->channels; channel++) {
        int32_t mean = mean_of(sum_of(r, w, image + channel), count);
        *output++ = (int8_t)edge_clamped(mean, r->low, r->high);
    }
}

static uint32_t largest_group(const struct edge_pool *r, const struct window *w,
                              const int8_t *channel) {
    uint32_t largest = 0x80808080u;
    for (uint32_t y = w->top; y < w->bottom; y++) {
        const int8_t *at = row_of(r, w, y, channel);
        for (uint32_t x = w->right - w->left; x > 0; x--, at += r->channels)
            largest = edge_larger_bytes(largest, edge_word(at));
    }
    return largest;
}

static int32_t largest_of(const struct edge_pool *r, const struct window *w,
                          const int8_t *channel) {
    int32_t largest = INT8_MIN;
    for (uint32_t y = w->top; y < w->bottom; y++) {
        const int8_t *at = row_of(r, w, y, channel);
        for (uint32_t x = w->right - w->left; x > 0; x--, at += r->channels)
            largest = edge_larger(largest, *at);
    }
    return largest;
}

static void maximum(const struct edge_pool *r, const struct window *w, const int8_t *image,
                    int8_t *output) {
    uint32_t channel = 0;
    for (; channel + GROUP <= r->channels; channel += GROUP) {
        uint32_t largest = largest_group(r, w, image + channel);
        for (int i = 0; i < GROUP; i++, largest >>= 8)
            *output++ = (int8_t)edge_clamped((int8_t)(largest & 0xFFu), r->low, r->high);
    }
    for (; channel < r->channels; channel++)
        *output++ = (int8_t)edge_clamped(largest_of(r, w, image + channel), r->low, r->high);
}

void edge_pool(const struct edge_pool *record, const struct edge_memory *memory) {
    const struct edge_pool copy = *record, *r = &copy;
    const int8_t *image = (const int8_t *)memory->arena + r->input;
    int8_t *output = (int8_t *)memory->arena + r->output;
    for (uint32_t batch = 0; batch < r->batches; batch++) {
        for (uint32_t row = 0; row < r->output_height; row++) {
            for (uint32_t column = 0; column < r->output_width; column++) {
                const struct window window = window_at(r, row, column);
                if (r->average != 0)
                    average(r, &window, image, output);
                else
                    maximum(r, &window, image, output);
                output += r->channels;
            }
        }
        image += r->input_height * r->input_width * r->channels;
    }
}
