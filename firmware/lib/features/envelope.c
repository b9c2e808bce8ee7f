#include "envelope.h"

#include <stdbool.h>

#include "ratio.h"

enum {
    EDGE = EDGE_ENVELOPE_EDGE,
    SAMPLE_BITS = 14,
    LEVEL_BITS = 18, /* beyond SAMPLE_BITS */
    MANTISSA = 26,
    SQUARE_BITS = 30,
    SMOOTH_EXTRA = 8,
    MOST = 0x5a000000, /* twice its square, the most that an extension makes, fits 62 bits */
};

#define PI_Q32 UINT64_C(13493037705)
#define ROOT_TWO_Q31 UINT64_C(3037000500)

/* A second-order filter as a mass on a spring: its level is pulled towards one input and its speed
 * pushed towards another. These are the differences of the usual recursion, whose coefficients
 * (near -2 and 1) would lose the few bits that matter at rates far above the filter's frequency. */
struct section {
    int64_t level, speed;
    int64_t before[2];           /* the last two inputs */
    uint32_t damping, stiffness; /* Q32, below a half; the smoother's stiffness is finer */
};

/* x * factor / 2^(32 + extra), rounded; factor is below 2^31. */
static inline int64_t times(int64_t x, uint32_t factor, uint32_t extra) {
    uint64_t low = (uint64_t)(uint32_t)x * factor + (UINT64_C(1) << (31 + extra));
    int64_t product = (int64_t)(int32_t)(x >> 32) * (int32_t)factor + (int64_t)(low >> 32);
    return product >> extra;
}

static inline int64_t step(struct section *section, int64_t push, int64_t pull, uint32_t extra) {
    section->speed += times(push - section->speed, section->damping, 0) +
                      times(pull - section->level, section->stiffness, extra);
    section->level += section->speed;
    return section->level;
}

static inline int64_t exchange(struct section *section, int64_t input) {
    int64_t oldest = section->before[1];
    section->before[1] = section->before[0];
    section->before[0] = input;
    return oldest;
}

/* tan(pi * frequency / rate), Q32, by the continued fraction of the tangent. Below 0.5. */
static uint32_t tangent(uint32_t frequency, uint32_t rate) {
    uint64_t angle = (uint64_t)edge_ratio(frequency * PI_Q32, rate, 0);
    uint64_t square = angle * angle >> 32;
    uint32_t under = UINT32_C(9) << 28;
    for (int32_t odd = 7; odd > 0; odd -= 2)
        under = ((uint32_t)odd << 28) - (uint32_t)edge_ratio(square, under, 24);
    return (uint32_t)edge_ratio(angle, under, 28);
}

#define ONE_Q32 (UINT64_C(1) << 32)

static struct section band_pass(uint32_t rate, uint32_t low, uint32_t high) {
    uint64_t from = tangent(low, rate), to = tangent(high, rate);
    uint64_t below = ONE_Q32 + (to - from) + (from * to >> 32);
    struct section section = {0};
    section.damping = (uint32_t)edge_ratio(to - from, below, 33);
    section.stiffness = (uint32_t)edge_ratio(from * to, below, 2);
    return section;
}

static struct section low_pass(uint32_t rate) {
    uint64_t edge = tangent(EDGE_ENVELOPE_HZ, rate), wide = edge * ROOT_TWO_Q31 >> 31;
    uint64_t below = ONE_Q32 + wide + (edge * edge >> 32);
    struct section section = {0};
    section.damping = (uint32_t)edge_ratio(wide, below, 33);
    section.stiffness = (uint32_t)edge_ratio(edge * edge, below, 2 + SMOOTH_EXTRA);
    return section;
}

/* The band-pass as if it had seen nothing but this input. */
static inline void begin_band(struct section *section, int32_t input) {
    section->level = section->speed = 0;
    section->before[0] = section->before[1] = input;
}

/* Input and output with SAMPLE_BITS. */
static inline int32_t pass_band(struct section *section, int32_t input) {
    int64_t change = input - exchange(section, input);
    int64_t level = step(section, change * (INT64_C(1) << (LEVEL_BITS - 1)), 0, 0);
    level = (level + (1 << (LEVEL_BITS - 1))) >> LEVEL_BITS;
    return (int32_t)(level > MOST ? MOST : level < -MOST ? -MOST : level);
}

static inline void begin_smooth(struct section *section, int64_t input) {
    section->level = input;
    section->speed = 0;
    section->before[0] = section->before[1] = input >> 2;
}

static inline int64_t smooth(struct section *section, int64_t input) {
    int64_t middle = 2 * section->before[0]; /* of quarters */
    int64_t quarter = input >> 2;
    return step(section, 0, quarter + middle + exchange(section, quarter), SMOOTH_EXTRA);
}

/* A number of 64 bits as its 26 leading ones and an exponent: the passes over the envelope have to
 * be as exact where it is small as where it is large. */
static int32_t packed(int64_t x) {
    uint64_t size = x < 0 ? ~(uint64_t)x : (uint64_t)x;
    int32_t bits = size == 0 ? 0 : 64 - __builtin_clzll(size);
    int32_t shift = bits >= MANTISSA ? bits - (MANTISSA - 1) : 0;
    return (int32_t)((uint32_t)(x >> shift) << 6 | (uint32_t)shift);
}

static int64_t unpacked(int32_t x) {
    int32_t shift = x & 63;
    int64_t half = shift == 0 ? 0 : INT64_C(1) << (shift - 1);
    return (int64_t)(x >> 6) * (INT64_C(1) << shift) + half;
}

/* What puts the samples' range in the middle, and by how much it can then be multiplied and stay
 * within 16 bits. The band knows nothing of offsets. */
struct range {
    int32_t middle, gain;
};

static struct range range_of(const int16_t *samples, uint32_t count, uint32_t stride) {
    int32_t lowest = *samples, highest = *samples;
    for (uint32_t i = 0; i < count; i++, samples += stride) {
        if (*samples < lowest) lowest = *samples;
        if (*samples > highest) highest = *samples;
    }
    int32_t size = ((highest - lowest) >> 1) | 1;
    return (struct range){(lowest + highest) >> 1, 1 << (__builtin_clz((uint32_t)size) - 17)};
}

/* samples -> work[count + 2 * EDGE], the band forward and backward. */
static void filter_band(struct section band, const int16_t *samples, uint32_t count,
                        uint32_t stride, int32_t *work) {
    const struct range range = range_of(samples, count, stride);
    const int32_t scale = range.gain * (1 << SAMPLE_BITS);
    const int16_t *last = samples + (count - 1) * stride;
    int32_t first = 2 * *samples - range.middle, end = 2 * *last - range.middle;
    begin_band(&band, (first - samples[EDGE * stride]) * scale);
    for (uint32_t i = EDGE; i > 0; i--)
        *work++ = pass_band(&band, (first - samples[i * stride]) * scale);
    for (; samples <= last; samples += stride)
        *work++ = pass_band(&band, (*samples - range.middle) * scale);
    for (uint32_t i = 1; i <= EDGE; i++)
        *work++ = pass_band(&band, (end - *(last - i * stride)) * scale);
    begin_band(&band, work[-1]);
    for (uint32_t i = count + 2 * EDGE; i > 0; i--) {
        work--;
        *work = pass_band(&band, *work);
    }
}

/* What the band's samples are multiplied by for the largest to take up SQUARE_BITS. */
static int32_t scale_of(const int32_t *band, uint32_t count) {
    uint32_t all = 1;
    for (uint32_t i = 0; i < count; i++) all |= (uint32_t)(band[i] < 0 ? -band[i] : band[i]);
    int32_t spare = __builtin_clz(all) - (32 - SQUARE_BITS);
    return spare > 0 ? 1 << spare : 1;
}

static int64_t squared(int32_t x, int32_t scale) {
    int64_t scaled = (int64_t)x * scale; /* within 32 bits */
    return (int64_t)(int32_t)scaled * (int32_t)scaled;
}

/* work[count + 2 * EDGE], the band -> its square, smoothed forward, packed. */
static void smooth_forward(struct section smoother, int32_t *work, uint32_t count) {
    int32_t scale = scale_of(work + EDGE, count);
    int32_t tail[EDGE + 1]; /* the last samples, which are overwritten before they are needed */
    int64_t edge = 2 * squared(work[EDGE], scale);
    for (uint32_t i = 0; i <= EDGE; i++) tail[i] = work[EDGE + count - 1 - i];
    begin_smooth(&smoother, edge - squared(work[2 * EDGE], scale));
    for (uint32_t i = 0; i < EDGE; i++)
        work[i] = packed(smooth(&smoother, edge - squared(work[2 * EDGE - i], scale)));
    for (uint32_t i = EDGE; i < EDGE + count; i++)
        work[i] = packed(smooth(&smoother, squared(work[i], scale)));
    edge = 2 * squared(tail[0], scale);
    work += EDGE + count - 1;
    for (uint32_t i = 1; i <= EDGE; i++)
        work[i] = packed(smooth(&smoother, edge - squared(tail[i], scale)));
}

/* The maxima of work[count + 2 * EDGE], smoothed backward, between its edges. */
static int32_t smooth_and_count(struct section smoother, const int32_t *work, uint32_t count) {
    int32_t peaks = 0;
    bool rising = false;
    uint32_t i = count + 2 * EDGE;
    begin_smooth(&smoother, unpacked(work[i - 1]));
    for (; i > count + EDGE; i--) smooth(&smoother, unpacked(work[i - 1]));
    smooth(&smoother, unpacked(work[--i])); /* the last sample, which is no maximum */
    while (i > EDGE) {
        smooth(&smoother, unpacked(work[--i])); /* leaves in speed how much it rose */
        peaks += rising && smoother.speed < 0;
        rising = smoother.speed > 0 || (rising && smoother.speed == 0);
    }
    return peaks;
}

int32_t edge_time_envelope_peaks(const int16_t *samples, uint32_t count, uint32_t stride,
                                 uint32_t rate, uint32_t low, uint32_t high, int32_t *scratch) {
    if (low == 0 || low >= high || high > rate / 10 || rate < 2000 || count <= EDGE) return 0;
    struct section band = band_pass(rate, low, high), smoother = low_pass(rate);
    filter_band(band, samples, count, stride, scratch);
    smooth_forward(smoother, scratch, count);
    return smooth_and_count(smoother, scratch, count);
}
