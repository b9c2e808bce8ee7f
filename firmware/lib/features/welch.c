#include "extract.h"
#include "fft_stage.h"
#include "fixed_math.h"
#include "real.h"

enum {
    WELCH = EDGE_KINDS_FROM_TO(flatness, psd),
    COARSE = 18, /* bits less, so that all bins with Simpson's weights can be summed */
    MEANT = 30,  /* bits of the loudest bin that a standard deviation is made of */
};

/* Power density: bin * 2^exponent / (segments * segment^3 * 3 / 8 * rate), in unit^2 per Hz. */
struct density {
    const struct edge_feature_settings *settings;
    uint64_t *bins; /* [count] below 2^63 */
    uint32_t count;
    uint32_t segments;
    int32_t exponent;
    uint64_t sum; /* of coarse bins */
};

static struct edge_real whole(uint64_t x) { return edge_real(x, 0); }

/* What one pass over a segment finds. */
struct range {
    int32_t sum, lowest, highest;
};

static struct range range_of(const int16_t *samples, uint32_t count, uint32_t stride) {
    struct range range = {0, INT16_MAX, INT16_MIN};
    for (uint32_t i = 0; i < count; i++, samples += stride) {
        range.sum += *samples;
        if (*samples < range.lowest) range.lowest = *samples;
        if (*samples > range.highest) range.highest = *samples;
    }
    return range;
}

/* length * (sample - mean), which is exact, brought to 31 bits: how far to the left. -1 where
 * nothing is left of the segment. */
static int32_t centre(const struct edge_fft *fft, const int16_t *samples, uint32_t stride,
                      int32_t *data) {
    const struct range range = range_of(samples, fft->length, stride);
    const int32_t length = (int32_t)fft->length;
    if (range.lowest == range.highest) return -1;
    const int32_t above = length * range.highest - range.sum;
    const int32_t below = range.sum - length * range.lowest;
    const int32_t left = 31 - edge_bits((uint32_t)(above > below ? above : below));
    const int32_t factor = (int32_t)(UINT32_C(1) << left);
    for (int32_t i = 0; i < length; i++, samples += stride)
        data[i] = (length * *samples - range.sum) * factor;
    return left;
}

static uint64_t coarse(uint64_t bin) { return edge_rounded(bin, COARSE); }

/* Adds a segment's power to the density, whose exponent is that of the loudest segment so far. Bits
 * are dropped that all segments, twice, would overflow by. */
static void add(struct density *d, const int32_t *data, int32_t exponent) {
    const int32_t drop = edge_bits(d->segments);
    exponent = 2 * exponent + drop;
    if (exponent > d->exponent) {
        const int32_t right = exponent - d->exponent;
        for (uint32_t k = 0; k < d->count; k++)
            d->bins[k] = right > 63 ? 0 : edge_rounded(d->bins[k], right);
        d->exponent = exponent;
    }
    const int32_t right = drop + d->exponent - exponent;
    if (right > 63) return;
    for (uint32_t k = 0; k < d->count; k++)
        d->bins[k] += edge_rounded(edge_bin_power(data + 2 * k), right);
}

/* Frequencies below 0 count with those above. */
static void finish(struct density *d) {
    d->sum = 0;
    for (uint32_t k = 0; k < d->count; k++) {
        if (k != 0 && k != d->count - 1) d->bins[k] *= 2;
        d->sum += coarse(d->bins[k]);
    }
}

static void find_density(struct density *d, const struct edge_signal *signal, int32_t *data) {
    const struct edge_fft *fft = &d->settings->segment;
    const uint32_t step = d->settings->step;
    d->segments = (signal->count - fft->length) / step + 1;
    d->exponent = -1000; /* silence, until a segment is louder */
    for (uint32_t k = 0; k < d->count; k++) d->bins[k] = 0;
    for (uint32_t i = 0; i < d->segments; i++) {
        const int16_t *samples = signal->samples + i * step * signal->stride;
        const int32_t left = centre(fft, samples, signal->stride, data);
        if (left < 0) continue;
        edge_window_hann(fft, data);
        add(d, data, edge_fft_real(fft, data) + 1 - left);
    }
    finish(d);
}

/* 2^(mean of log2 - log2 of mean); a bin of 0 counts as one unit, some 2^-55 of the largest. */
static int32_t flatness(const struct density *d) {
    int64_t logs = 0;
    if (d->sum == 0) return 0;
    for (uint32_t k = 0; k < d->count; k++) logs += edge_log2(d->bins[k] == 0 ? 1 : d->bins[k]);
    const struct edge_real mean = edge_real_ratio(whole((uint64_t)logs), whole(d->count));
    const int32_t all = edge_log2(d->sum) + COARSE * (1 << EDGE_LOG2_BITS);
    const int32_t below = all - edge_log2(d->count) - edge_real_fixed(mean, 0);
    return (int32_t)(edge_exp2_negative(below < 0 ? 0 : below) >> (31 - EDGE_BITS_flatness));
}

static uint32_t loudest(const struct density *d) {
    uint32_t largest = 0;
    for (uint32_t k = 1; k < d->count; k++)
        if (d->bins[k] > d->bins[largest]) largest = k;
    return largest;
}

/* Of the bins, in their own unit. */
static struct edge_real bins_deviation(const struct density *d) {
    const int32_t excess = edge_bits(d->bins[loudest(d)]) - MEANT;
    const int32_t right = excess > 0 ? excess : 0;
    const struct edge_real mean = edge_real_ratio(edge_real(d->sum, COARSE), whole(d->count));
    const int32_t centre = edge_real_fixed(mean, -right);
    struct edge_wide squares = {0, 0};
    for (uint32_t k = 0; k < d->count; k++) {
        const int32_t off = (int32_t)edge_rounded(d->bins[k], right) - centre;
        const uint32_t size = (uint32_t)(off < 0 ? -off : off);
        edge_wide_add(&squares, size, size);
    }
    const struct edge_real sum = edge_real_wide(&squares, 2 * right);
    return edge_real_root(edge_real_ratio(sum, whole(d->count)));
}

static int32_t deviation(const struct density *d) {
    const uint64_t n = d->settings->segment.length;
    const struct edge_real unit = edge_real(8, d->exponent);
    const struct edge_real cube = edge_real_product(whole(n * n), whole(3 * n));
    const struct edge_real time = whole((uint64_t)d->segments * d->settings->rate);
    const struct edge_real each = edge_real_ratio(edge_real_ratio(unit, cube), time);
    return edge_real_fixed(edge_real_product(bins_deviation(d), each), EDGE_BITS_psd_std);
}

/* 12 times Simpson's integral over count bins. Of an even number, the last piece is taken from the
 * parabola through the last three. */
static uint64_t integral(const uint64_t *bins, uint32_t count) {
    if (count < 3) return count < 2 ? 0 : 6 * (coarse(bins[0]) + coarse(bins[1]));
    const uint32_t odd = count - 1 + count % 2;
    uint64_t sum = 4 * (coarse(bins[0]) + coarse(bins[odd - 1]));
    for (uint32_t k = 1; k < odd - 1; k++) sum += coarse(bins[k]) * (k % 2 == 1 ? 16 : 8);
    if (odd == count) return sum;
    return sum + 5 * coarse(bins[odd]) + 8 * coarse(bins[odd - 1]) - coarse(bins[odd - 2]);
}

static int32_t band(const struct density *d, uint32_t first, uint32_t last) {
    const uint64_t part = integral(d->bins + first, last - first + 1);
    const uint64_t all = integral(d->bins, d->count);
    return edge_real_fixed(edge_real_ratio(whole(part), whole(all)), EDGE_BITS_psd);
}

static int32_t value(const struct density *d, const struct edge_feature *feature) {
    switch (feature->kind) {
    case EDGE_FEATURE_flatness: return flatness(d);
    case EDGE_FEATURE_psd_std: return deviation(d);
    case EDGE_FEATURE_psd: return band(d, (uint32_t)feature->a, (uint32_t)feature->b);
    default: break;
    }
    const uint64_t rate = (uint64_t)loudest(d) * d->settings->rate;
    const struct edge_real hertz = edge_real_ratio(whole(rate), whole(d->settings->segment.length));
    return edge_real_fixed(hertz, EDGE_BITS_dominant);
}

uint32_t edge_welch_scratch(const struct edge_feature_settings *settings) {
    const uint32_t length = settings->segment.length;
    return (length / 2 + 1) * (uint32_t)sizeof(uint64_t) + (length + 2) * (uint32_t)sizeof(int32_t);
}

void edge_welch_run(const struct edge_feature_settings *settings, const struct edge_signal *signal,
                    const struct edge_wanted *wanted, void *scratch) {
    struct density d = {.settings = settings, .bins = scratch};
    d.count = settings->segment.length / 2 + 1;
    find_density(&d, signal, (int32_t *)(void *)(d.bins + d.count));
    for (uint32_t i = 0; i < wanted->count; i++)
        if (edge_is_wanted(wanted, i, WELCH)) wanted->values[i] = value(&d, &wanted->features[i]);
}
