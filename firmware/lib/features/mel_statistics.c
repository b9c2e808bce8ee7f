/* What becomes of a mel spectrogram over time, and of its cosine transform. */
#include "fixed_math.h"
#include "mel.h"
#include "ratio.h"
#include "real.h"

enum {
    MEL = EDGE_KINDS_FROM_TO(mel_mean, mel_entropy),
    MFCC = EDGE_KINDS_FROM_TO(mfcc_mean, mfcc_std),
    LN_2 = 1488522236, /* Q31 */
};

static int32_t largest(const int32_t *column, uint32_t count) {
    int32_t found = column[0];
    for (uint32_t t = 1; t < count; t++)
        if (column[t] > found) found = column[t];
    return found;
}

static int32_t mean(const int32_t *column, uint32_t count) {
    const int32_t most = largest(column, count);
    uint64_t below = 0;
    for (uint32_t t = 0; t < count; t++) below += (uint64_t)((int64_t)most - column[t]);
    return most - edge_ratio(below, count, 0);
}

static int32_t deviation(const int32_t *column, uint32_t count) {
    const int32_t centre = mean(column, count);
    struct edge_wide squares = {0, 0};
    for (uint32_t t = 0; t < count; t++) {
        const int32_t off = column[t] - centre;
        const uint32_t size = (uint32_t)(off < 0 ? -off : off);
        edge_wide_add(&squares, size, size);
    }
    const struct edge_real sum = edge_real_wide(&squares, 0);
    return edge_real_fixed(edge_real_root(edge_real_ratio(sum, edge_real(count, 0))), 0);
}

/* Of shares p = P / sum: sum of -p ln p = ln(2) (log2 of sum - sum of P log2(P) / sum). Powers are
 * Q31 of the largest. */
static int32_t entropy(const struct edge_mel *mel, uint32_t band) {
    const uint32_t bands = mel->bands->bands;
    int32_t top = EDGE_LOG2_OF_ZERO;
    uint64_t sum = 0, weighted = 0;
    for (uint32_t t = 0; t < mel->frames; t++)
        if (mel->logs[t * bands + band] > top) top = mel->logs[t * bands + band];
    if (top == EDGE_LOG2_OF_ZERO) return 0;
    for (uint32_t t = 0; t < mel->frames; t++) {
        const int64_t below = (int64_t)top - mel->logs[t * bands + band];
        if (below >> (EDGE_LOG2_BITS + 5) != 0) continue; /* less than 2^-32 of the largest */
        const uint32_t power = edge_exp2_negative((int32_t)below);
        sum += power;
        weighted += (uint64_t)power * (uint32_t)below >> 8;
    }
    const int32_t bits = edge_log2(sum) - 31 * (1 << EDGE_LOG2_BITS) + edge_ratio(weighted, sum, 8);
    return bits <= 0 ? 0 : (int32_t)((int64_t)bits * LN_2 >> 31);
}

static void take_band(const struct edge_mel *mel, uint32_t band) {
    for (uint32_t t = 0; t < mel->frames; t++) mel->column[t] = edge_mel_decibels(mel, t, band);
}

static int32_t band_value(const struct edge_mel *mel, const struct edge_feature *feature) {
    const uint32_t band = (uint32_t)feature->a;
    if (feature->kind == EDGE_FEATURE_mel_entropy) return entropy(mel, band);
    take_band(mel, band);
    if (feature->kind == EDGE_FEATURE_mel_mean) return mean(mel->column, mel->frames);
    if (feature->kind == EDGE_FEATURE_mel_std) return deviation(mel->column, mel->frames);
    return largest(mel->column, mel->frames);
}

void edge_mel_run(const struct edge_feature_settings *settings, const struct edge_signal *signal,
                  const struct edge_wanted *wanted, void *scratch) {
    struct edge_mel mel = {.settings = settings, .bands = &settings->mel};
    edge_mel_spectrogram(&mel, signal, scratch);
    for (uint32_t i = 0; i < wanted->count; i++)
        if (edge_is_wanted(wanted, i, MEL))
            wanted->values[i] = band_value(&mel, &wanted->features[i]);
}

/* Coefficient k of a row of dB: scale * sum of dB * cos(pi (2 n + 1) k / (2 bands)), Q18. The angle
 * steps through the sines of a frame, whose length is a multiple of four times the bands. */
static int32_t coefficient(const struct edge_mel *mel, const int32_t *decibels, uint32_t k,
                           int32_t scale) {
    const struct edge_fft *fft = &mel->settings->frame;
    const uint32_t step = k * (fft->length / (4 * mel->bands->bands));
    int64_t sum = 0; /* Q18 of Q20 and Q31 */
    for (uint32_t n = 0, angle = step; n < mel->bands->bands; n++) {
        sum += ((int64_t)decibels[n] * edge_cosine(fft, angle) + (INT64_C(1) << 32)) >> 33;
        angle += 2 * step;
        if (angle >= fft->length) angle -= fft->length;
    }
    return (int32_t)((sum * scale + (1 << 27)) >> 28);
}

/* sqrt(2 / bands), and sqrt(1 / bands) for coefficient 0; Q28. */
static int32_t scale_of(uint32_t bands, uint32_t k) {
    const struct edge_real two = edge_real(k == 0 ? 1 : 2, 0);
    return edge_real_fixed(edge_real_root(edge_real_ratio(two, edge_real(bands, 0))), 28);
}

static int32_t coefficient_value(const struct edge_mel *mel, const struct edge_feature *feature) {
    const uint32_t k = (uint32_t)feature->a, bands = mel->bands->bands;
    const int32_t scale = scale_of(bands, k);
    for (uint32_t t = 0; t < mel->frames; t++)
        mel->column[t] = coefficient(mel, mel->logs + t * bands, k, scale);
    if (feature->kind == EDGE_FEATURE_mfcc_mean) return mean(mel->column, mel->frames);
    return deviation(mel->column, mel->frames);
}

void edge_mfcc_run(const struct edge_feature_settings *settings, const struct edge_signal *signal,
                   const struct edge_wanted *wanted, void *scratch) {
    struct edge_mel mel = {.settings = settings, .bands = &settings->mfcc};
    edge_mel_spectrogram(&mel, signal, scratch);
    for (uint32_t t = 0; t < mel.frames; t++) /* dB take the logarithms' place */
        for (uint32_t band = 0; band < mel.bands->bands; band++)
            mel.logs[t * mel.bands->bands + band] = edge_mel_decibels(&mel, t, band);
    for (uint32_t i = 0; i < wanted->count; i++)
        if (edge_is_wanted(wanted, i, MFCC))
            wanted->values[i] = coefficient_value(&mel, &wanted->features[i]);
}
