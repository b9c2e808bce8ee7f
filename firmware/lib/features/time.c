#include "time.h"

#include "ratio.h"

enum { SMALL_BITS = 15, SQUARE_DROP = 6 };

static bool usable(uint32_t count) { return count >= 2 && count <= EDGE_TIME_LONGEST; }

/* What one pass over a window finds. */
struct sums {
    int64_t sum;
    uint64_t squares;
    int32_t lowest, highest;
};

static struct sums summed(const int16_t *samples, uint32_t count, uint32_t stride) {
    struct sums sums = {0, 0, INT16_MAX, INT16_MIN};
    for (uint32_t i = 0; i < count; i++, samples += stride) {
        int32_t sample = *samples;
        sums.sum += sample;
        sums.squares += (uint32_t)(sample * sample);
        if (sample < sums.lowest) sums.lowest = sample;
        if (sample > sums.highest) sums.highest = sample;
    }
    return sums;
}

/* count^2 times the mean square, or the variance: at most 2^60, exact. */
static uint64_t power(const struct sums *sums, uint32_t count, bool centred) {
    uint64_t power = count * sums->squares;
    return centred ? power - (uint64_t)(sums->sum * sums->sum) : power;
}

/* The least integer that is not below the mean. */
static int32_t mean_ceiling(const int16_t *samples, uint32_t count, uint32_t stride) {
    int32_t sum = 0, n = (int32_t)count;
    for (uint32_t i = 0; i < count; i++, samples += stride) sum += *samples;
    return sum > 0 ? (sum + n - 1) / n : sum / n;
}

int32_t edge_time_zero_crossings(const int16_t *samples, uint32_t count, uint32_t stride,
                                 bool centred) {
    if (!usable(count)) return 0;
    int32_t level = centred ? mean_ceiling(samples, count, stride) : 0;
    bool below = *samples < level;
    uint32_t crossings = 0;
    for (uint32_t i = 1; i < count; i++) {
        samples += stride;
        bool now = *samples < level;
        crossings += now != below;
        below = now;
    }
    return edge_ratio(crossings, count - 1, EDGE_TIME_RATE_BITS);
}

int32_t edge_time_rms(const int16_t *samples, uint32_t count, uint32_t stride, bool centred) {
    if (!usable(count)) return 0;
    struct sums sums = summed(samples, count, stride);
    struct edge_fine_root root = edge_fine_root(power(&sums, count, centred));
    return edge_ratio(root.value, count, EDGE_TIME_UNIT_BITS - root.shift);
}

int32_t edge_time_crest_factor(const int16_t *samples, uint32_t count, uint32_t stride,
                               bool centred) {
    if (!usable(count)) return 0;
    struct sums sums = summed(samples, count, stride);
    struct edge_fine_root root = edge_fine_root(power(&sums, count, centred));
    int64_t peak = (int64_t)count * sums.highest - (centred ? sums.sum : 0);
    uint64_t size = (uint64_t)(peak < 0 ? -peak : peak);
    int32_t crest = edge_ratio(size, root.value, EDGE_TIME_CREST_BITS + root.shift);
    return peak < 0 ? -crest : crest;
}

int32_t edge_time_line_length(const int16_t *samples, uint32_t count, uint32_t stride) {
    if (!usable(count)) return 0;
    uint32_t length = 0; /* at most 32767 * 65535 */
    for (uint32_t i = 1; i < count; i++, samples += stride) {
        int32_t step = samples[stride] - samples[0];
        length += (uint32_t)(step < 0 ? -step : step);
    }
    return edge_ratio(length, count - 1, EDGE_TIME_UNIT_BITS);
}

/* How far count * (sample - mean) has to go to the right (to the left, below 0) to take up exactly
 * SMALL_BITS where it is largest. The window is not constant. */
static int32_t small_shift(const struct sums *sums, uint32_t count) {
    int64_t above = (int64_t)count * sums->highest - sums->sum;
    int64_t below = sums->sum - (int64_t)count * sums->lowest;
    uint64_t largest = (uint64_t)(above > below ? above : below);
    return 64 - __builtin_clzll(largest) - SMALL_BITS;
}

/* count * (sample - mean), shifted, rounded: -2^15 to 2^15. */
static int32_t small(int64_t deviation, int32_t shift) {
    if (shift <= 0) return (int32_t)(deviation * (INT64_C(1) << -shift));
    return (int32_t)((deviation + (INT64_C(1) << (shift - 1))) >> shift);
}

int32_t edge_time_kurtosis(const int16_t *samples, uint32_t count, uint32_t stride) {
    if (!usable(count)) return 0;
    struct sums sums = summed(samples, count, stride);
    if (sums.lowest == sums.highest) return 0;
    int32_t shift = small_shift(&sums, count);
    uint64_t second = 0, fourth = 0; /* at most 2^45; 2^63, with 2 * SQUARE_DROP bits dropped */
    for (uint32_t i = 0; i < count; i++, samples += stride) {
        int32_t x = small((int64_t)count * *samples - sums.sum, shift);
        uint32_t square = (uint32_t)(x * x);
        uint32_t kept = (square + (1u << (SQUARE_DROP - 1))) >> SQUARE_DROP;
        second += square;
        fourth += (uint64_t)kept * kept;
    }
    int32_t up = __builtin_clzll(second) - 32, down = 16; /* to 32 bits; room for * count */
    uint64_t mantissa = up >= 0 ? second << up : second >> -up;
    while (down > 0 && fourth >> (47 + 16 - down) == 0) down--;
    int32_t exponent = EDGE_TIME_KURTOSIS_BITS + 2 * SQUARE_DROP + down + 2 * up;
    int32_t kurtosis = edge_ratio((fourth >> down) * count, mantissa * mantissa, exponent);
    return kurtosis - 3 * (1 << EDGE_TIME_KURTOSIS_BITS);
}

void edge_time_magnitude(const int16_t *samples, uint32_t count, uint32_t stride,
                         int16_t *magnitude) {
    for (uint32_t i = 0; i < count; i++, samples += stride) {
        int32_t x = samples[0], y = samples[1], z = samples[2];
        uint32_t square = (uint32_t)(x * x) + (uint32_t)(y * y) + (uint32_t)(z * z);
        uint32_t length = edge_root(square);
        magnitude[i] = (int16_t)(length > INT16_MAX ? INT16_MAX : length);
    }
}
