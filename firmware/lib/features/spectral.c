#include "extract.h"
#include "fixed_math.h"
#include "real.h"

enum {
    CENTRED = EDGE_KINDS_FROM_TO(spread, kurtosis),
    SPECTRAL = EDGE_KINDS_FROM_TO(rolloff, decrease),
    CENTRE_BITS = 30,
    SQUARE_DROP = 28,
    CUBE_DROP = 30,
};

/* Magnitudes in the transform's unit, and what their features are made of. */
struct spectrum {
    const struct edge_feature_settings *settings;
    const uint32_t *magnitudes; /* [bins], below 2^31 */
    uint32_t bins;
    int32_t exponent;
    uint64_t sum;   /* of magnitudes */
    uint64_t first; /* of magnitude * bin */
    /* Of magnitude * (bin - centre)^n, over magnitude; bins^n: */
    struct edge_real variance, third_above, third_below, fourth;
};

static struct edge_real whole(uint64_t x) { return edge_real(x, 0); }

static int32_t hertz(const struct spectrum *s, struct edge_real bins, int32_t bits) {
    const struct edge_real rate = edge_real_product(bins, whole(s->settings->rate));
    return edge_real_fixed(edge_real_ratio(rate, whole(s->settings->whole.length)), bits);
}

/* Magnitudes take the place of the bins. */
static void measure(struct spectrum *s, int32_t *data) {
    uint32_t *magnitudes = (uint32_t *)(void *)data;
    s->magnitudes = magnitudes;
    s->bins = s->settings->whole.length / 2 + 1;
    s->sum = s->first = 0;
    for (uint32_t k = 0; k < s->bins; k++) {
        const uint32_t magnitude = edge_quick_root(edge_bin_power(data + 2 * k));
        magnitudes[k] = magnitude;
        s->sum += magnitude;
        s->first += (uint64_t)magnitude * k;
    }
}

static uint32_t rolloff(const struct spectrum *s) {
    uint64_t so_far = 0;
    for (uint32_t k = 0; k < s->bins; k++) {
        so_far += s->magnitudes[k];
        if (20 * so_far >= 19 * s->sum) return k;
    }
    return 0;
}

static struct edge_real centroid(const struct spectrum *s) {
    return edge_real_ratio(whole(s->first), whole(s->sum));
}

/* Distances from the centre have CENTRE_BITS bits, squares 32, cubes and fourth powers too. */
static void find_moments(struct spectrum *s) {
    const int32_t bits = CENTRE_BITS - edge_bits(s->bins);
    const int32_t centre = edge_real_fixed(centroid(s), bits);
    struct edge_wide second = {0, 0}, above = {0, 0}, below = {0, 0}, fourth = {0, 0};
    for (uint32_t k = 0; k < s->bins; k++) {
        const int32_t distance = (int32_t)(k << bits) - centre;
        const uint32_t size = (uint32_t)(distance < 0 ? -distance : distance);
        const uint32_t square = (uint32_t)((uint64_t)size * size >> SQUARE_DROP);
        const uint32_t cube = (uint32_t)((uint64_t)size * square >> CUBE_DROP);
        const uint32_t power = (uint32_t)((uint64_t)square * square >> 32);
        edge_wide_add(&second, square, s->magnitudes[k]);
        edge_wide_add(distance < 0 ? &below : &above, cube, s->magnitudes[k]);
        edge_wide_add(&fourth, power, s->magnitudes[k]);
    }
    const struct edge_real sum = whole(s->sum);
    const int32_t square_bits = 2 * bits - SQUARE_DROP, cube_bits = square_bits + bits - CUBE_DROP;
    s->variance = edge_real_ratio(edge_real_wide(&second, -square_bits), sum);
    s->third_above = edge_real_ratio(edge_real_wide(&above, -cube_bits), sum);
    s->third_below = edge_real_ratio(edge_real_wide(&below, -cube_bits), sum);
    s->fourth = edge_real_ratio(edge_real_wide(&fourth, 32 - 2 * square_bits), sum);
}

static int32_t skew(const struct spectrum *s) {
    const struct edge_real cube = edge_real_product(s->variance, edge_real_root(s->variance));
    return edge_real_fixed(edge_real_ratio(s->third_above, cube), EDGE_BITS_skew) -
           edge_real_fixed(edge_real_ratio(s->third_below, cube), EDGE_BITS_skew);
}

static int32_t kurtosis(const struct spectrum *s) {
    const struct edge_real square = edge_real_product(s->variance, s->variance);
    return edge_real_fixed(edge_real_ratio(s->fourth, square), EDGE_BITS_kurtosis);
}

/* Of a line through n points: (sum of k y - mean of k * sum of y) * 12 / (n^3 - n). */
static int32_t slope(const struct spectrum *s) {
    const uint64_t length = s->settings->whole.length, n = s->bins;
    const int64_t tilt = (int64_t)(2 * s->first) - (int64_t)((n - 1) * s->sum);
    const uint64_t size = (uint64_t)(tilt < 0 ? -tilt : tilt);
    const struct edge_real above =
        edge_real_product(edge_real(size, s->exponent), whole(6 * length));
    const struct edge_real below = whole(n * (n * n - 1));
    const struct edge_real each = edge_real_ratio(above, below);
    const struct edge_real slope = edge_real_ratio(each, whole(s->settings->rate));
    const int32_t fixed = edge_real_fixed(slope, EDGE_BITS_slope);
    return tilt < 0 ? -fixed : fixed;
}

static int32_t decrease(const struct spectrum *s) {
    const int32_t first = (int32_t)s->magnitudes[0];
    int64_t sum = 0;
    for (uint32_t k = 1; k < s->bins; k++)
        sum += ((int32_t)s->magnitudes[k] - first) / (int32_t)(k + 1);
    const uint64_t size = (uint64_t)(sum < 0 ? -sum : sum);
    const struct edge_real each = edge_real_ratio(whole(size), whole(s->sum));
    const int32_t fixed = edge_real_fixed(each, EDGE_BITS_decrease);
    return sum < 0 ? -fixed : fixed;
}

static int32_t value(const struct spectrum *s, uint32_t kind) {
    switch (kind) {
    case EDGE_FEATURE_rolloff: return hertz(s, whole(rolloff(s)), EDGE_BITS_rolloff);
    case EDGE_FEATURE_centroid: return hertz(s, centroid(s), EDGE_BITS_centroid);
    case EDGE_FEATURE_spread: return hertz(s, edge_real_root(s->variance), EDGE_BITS_spread);
    case EDGE_FEATURE_skew: return skew(s);
    case EDGE_FEATURE_kurtosis: return kurtosis(s);
    case EDGE_FEATURE_slope: return slope(s);
    default: return decrease(s);
    }
}

uint32_t edge_spectral_scratch(const struct edge_feature_settings *settings) {
    return (settings->whole.length + 2) * (uint32_t)sizeof(int32_t);
}

void edge_spectral_run(const struct edge_feature_settings *settings,
                       const struct edge_signal *signal, const struct edge_wanted *wanted,
                       void *scratch) {
    struct spectrum s = {.settings = settings};
    int32_t *data = scratch;
    for (uint32_t i = 0; i < signal->count; i++) data[i] = signal->samples[i * signal->stride];
    s.exponent = edge_fft_real(&settings->whole, data);
    measure(&s, data);
    if ((wanted->kinds & CENTRED) != 0) find_moments(&s);
    for (uint32_t i = 0; i < wanted->count; i++)
        if (edge_is_wanted(wanted, i, SPECTRAL))
            wanted->values[i] = value(&s, wanted->features[i].kind);
}
