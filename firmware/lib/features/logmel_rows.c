#include "logmel_rows.h"

#include <stdbool.h>

#include "extract.h"
#include "fixed_math.h"

enum {
    SAMPLE_BITS = 14, /* fraction bits of a windowed sample */
    ENERGY_BITS = 48, /* that the bins of the loudest window take together */
    BIN_BITS = 62,    /* no bin's square is larger */
    LOUDEST = 28,     /* bits of |FFT|^2, beside twice those of the window's length */
    STEP_LIMIT = 1 << 30,
};

int32_t edge_logmel_unit(uint32_t window) {
    const int32_t length_bits = edge_bits(window - 1u);
    return 2 * length_bits + LOUDEST - ENERGY_BITS;
}

/* Numbers that the sizes of tables and memory can be computed from. */
static bool sizes_fit(const struct edge_logmel_part *part) {
    return part->format == EDGE_LOGMEL_FORMAT && part->reserved == 0 && part->rate != 0 &&
           edge_fft_length(part->window) && part->hop != 0 && part->hop <= part->window &&
           part->mels != 0 && part->mels <= part->window && part->bins <= part->window &&
           part->first_bin + (uint64_t)part->bins <= part->window / 2 + 1;
}

/* Numbers that cannot make a level leave 64 bits. */
static bool steps_fit(const struct edge_logmel_part *part) {
    return part->offset >= -STEP_LIMIT && part->offset <= STEP_LIMIT && part->gain > 0 &&
           part->gain < STEP_LIMIT && part->zero >= INT8_MIN && part->zero <= INT8_MAX;
}

static bool tables_fit(const struct edge_logmel *logmel) {
    const struct edge_fft fft = {logmel->window, logmel->quarter_sine};
    uint32_t bins = 0;
    for (uint32_t m = 0; m <= logmel->mels; m++) bins += logmel->counts[m];
    if (bins != logmel->part->bins) return false;
    for (uint32_t i = 0; i < bins; i++)
        if (logmel->weights[i] > 1u << EDGE_LOGMEL_WEIGHT_BITS) return false;
    return edge_fft_check(&fft);
}

int edge_logmel_check(const uint8_t *content, uint32_t bytes, struct edge_logmel *out) {
    const struct edge_logmel_part *part = (const struct edge_logmel_part *)(const void *)content;
    if (bytes < sizeof *part || !sizes_fit(part) || !steps_fit(part)) return 0;
    const uint32_t sines = part->window / 4 + 1, counts = part->mels + 1;
    if (bytes != sizeof *part + 4 * sines + 2 * (counts + part->bins)) return 0;
    out->window = part->window;
    out->hop = part->hop;
    out->mels = part->mels;
    out->scratch = (part->window + 2) * (uint32_t)sizeof(int32_t);
    out->part = part;
    out->quarter_sine = (const int32_t *)(const void *)(part + 1);
    out->counts = (const uint16_t *)(const void *)(out->quarter_sine + sines);
    out->weights = out->counts + counts;
    return tables_fit(out);
}

/* How far |bin|^2 must be shifted to the right to be in units of energy. */
static int32_t distance(uint32_t window, int32_t exponent) {
    const int32_t right = edge_logmel_unit(window) + 2 * (SAMPLE_BITS - exponent);
    return right < 0 ? 0 : right > BIN_BITS ? BIN_BITS : right;
}

struct sums {
    uint64_t all, above; /* energy of the bins, and of that what the band above them is given */
};

/* The bins between two centres. */
static struct sums sum(const int32_t *bins, const uint16_t *weights, uint32_t count, int32_t right) {
    uint64_t all = 0, above = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t energy = edge_bin_power(bins + 2 * i) >> right;
        all += energy;
        above += energy * weights[i];
    }
    return (struct sums){all, above >> EDGE_LOGMEL_WEIGHT_BITS};
}

static int8_t level(const struct edge_logmel_part *part, uint64_t energy) {
    enum { BITS = EDGE_LOG2_BITS + EDGE_LOGMEL_GAIN_BITS };
    const int64_t octaves = (int64_t)edge_log2(energy + part->floor) - part->offset;
    const int64_t steps = part->zero + ((octaves * part->gain + (INT64_C(1) << (BITS - 1))) >> BITS);
    return (int8_t)(steps < INT8_MIN ? INT8_MIN : steps > INT8_MAX ? INT8_MAX : steps);
}

static void hear(const struct edge_logmel *logmel, const int32_t *bins, int32_t right,
                 int8_t *row) {
    const uint16_t *weights = logmel->weights;
    struct sums below = {0, 0};
    for (uint32_t m = 0; m <= logmel->mels; m++) {
        const uint32_t count = logmel->counts[m];
        const struct sums here = sum(bins, weights, count, right);
        if (m != 0) row[m - 1] = level(logmel->part, below.above + here.all - here.above);
        below = here;
        bins += 2 * count;
        weights += count;
    }
}

void edge_logmel_row(const struct edge_logmel *settings, const int16_t *window, int8_t *row,
                     void *scratch) {
    const struct edge_fft fft = {settings->window, settings->quarter_sine};
    int32_t *data = scratch;
    for (uint32_t i = 0; i < settings->window; i++) data[i] = window[i] * (1 << (SAMPLE_BITS + 1));
    edge_window_hann(&fft, data); /* which halves */
    const int32_t exponent = edge_fft_real(&fft, data);
    const int32_t *bins = data + 2 * settings->part->first_bin;
    hear(settings, bins, distance(settings->window, exponent), row);
}
