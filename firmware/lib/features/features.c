#include "features.h"

#include <stddef.h>

#include "extract.h"
#include "time.h"

enum {
    SPECTRAL = EDGE_KINDS_FROM_TO(rolloff, decrease),
    WELCH = EDGE_KINDS_FROM_TO(flatness, psd),
    MEL = EDGE_KINDS_FROM_TO(mel_mean, mel_entropy),
    MFCC = EDGE_KINDS_FROM_TO(mfcc_mean, mfcc_std),
    TIME = EDGE_KINDS_FROM_TO(zcr, azc),
};

static uint32_t larger(uint32_t a, uint32_t b) { return a > b ? a : b; }

static uint32_t kinds_of(const struct edge_feature *wanted, uint32_t count) {
    uint32_t kinds = 0;
    for (uint32_t i = 0; i < count; i++) kinds |= UINT32_C(1) << wanted[i].kind;
    return kinds;
}

/* Bytes of a magnitude channel; 0 where none is wanted. */
static uint32_t magnitude_bytes(const struct edge_feature_settings *settings,
                                const struct edge_feature *wanted, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        if (wanted[i].channel >= settings->channels)
            return (settings->window * (uint32_t)sizeof(int16_t) + 7u) & ~7u;
    return 0;
}

uint32_t edge_features_scratch(const struct edge_feature_settings *settings,
                               const struct edge_feature *wanted, uint32_t count) {
    const uint32_t kinds = kinds_of(wanted, count);
    uint32_t bytes = edge_samples_scratch(settings, kinds);
    if ((kinds & SPECTRAL) != 0) bytes = larger(bytes, edge_spectral_scratch(settings));
    if ((kinds & WELCH) != 0) bytes = larger(bytes, edge_welch_scratch(settings));
    if ((kinds & MEL) != 0) bytes = larger(bytes, edge_mel_scratch(settings, &settings->mel));
    if ((kinds & MFCC) != 0) bytes = larger(bytes, edge_mel_scratch(settings, &settings->mfcc));
    return bytes + magnitude_bytes(settings, wanted, count);
}

static void run_channel(const struct edge_feature_settings *settings,
                        const struct edge_signal *signal, const struct edge_wanted *wanted,
                        void *scratch) {
    if ((wanted->kinds & SPECTRAL) != 0) edge_spectral_run(settings, signal, wanted, scratch);
    if ((wanted->kinds & WELCH) != 0) edge_welch_run(settings, signal, wanted, scratch);
    if ((wanted->kinds & MEL) != 0) edge_mel_run(settings, signal, wanted, scratch);
    if ((wanted->kinds & MFCC) != 0) edge_mfcc_run(settings, signal, wanted, scratch);
    if ((wanted->kinds & TIME) != 0) edge_samples_run(settings, signal, wanted, scratch);
}

/* What is wanted of feature i's channel; nothing where an earlier feature is of the same. */
static struct edge_wanted wanted_with(const struct edge_feature *features, uint32_t count,
                                      uint32_t i, int32_t *values) {
    struct edge_wanted wanted = {features, count, features[i].channel, 0, values};
    for (uint32_t k = 0; k < i; k++)
        if (features[k].channel == wanted.channel) return wanted;
    for (uint32_t k = i; k < count; k++)
        if (features[k].channel == wanted.channel) wanted.kinds |= UINT32_C(1) << features[k].kind;
    return wanted;
}

/* A channel of the stream, or a magnitude that is put into `magnitudes`. */
static struct edge_signal signal_of(const struct edge_feature_settings *settings, uint32_t channel,
                                    const int16_t *samples, int16_t *magnitudes) {
    const uint32_t channels = settings->channels, window = settings->window;
    if (channel < channels) return (struct edge_signal){samples + channel, window, channels};
    edge_time_magnitude(samples + (channel - channels), window, channels, magnitudes);
    return (struct edge_signal){magnitudes, window, 1};
}

void edge_features_run(const struct edge_feature_settings *settings,
                       const struct edge_feature *wanted, uint32_t count, const int16_t *samples,
                       int32_t *values, void *scratch) {
    uint8_t *rest = (uint8_t *)scratch + magnitude_bytes(settings, wanted, count);
    for (uint32_t i = 0; i < count; i++) {
        const struct edge_wanted all = wanted_with(wanted, count, i, values);
        if (all.kinds == 0) continue;
        const struct edge_signal signal = signal_of(settings, all.channel, samples, scratch);
        run_channel(settings, &signal, &all, rest);
    }
}

#define EDGE_FEATURE(number, name, bits) {#name, bits},
static const struct {
    const char *name;
    uint32_t bits;
} kinds[] = {
#include "features.def"
};
#undef EDGE_FEATURE

static bool is_kind(uint32_t kind) { return kind >= 1 && kind <= sizeof kinds / sizeof *kinds; }

const char *edge_feature_name(uint32_t kind) { return is_kind(kind) ? kinds[kind - 1].name : NULL; }

uint32_t edge_feature_bits(uint32_t kind) { return is_kind(kind) ? kinds[kind - 1].bits : 0; }
