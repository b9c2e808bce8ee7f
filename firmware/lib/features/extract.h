/* What the extractors of features share. Internal. */
#ifndef EDGESDK_FEATURES_EXTRACT_H
#define EDGESDK_FEATURES_EXTRACT_H

#include "features.h"

enum edge_feature_kind {
#define EDGE_FEATURE(number, name, bits) EDGE_FEATURE_##name = number,
#include "features.def"
#undef EDGE_FEATURE
};

/* Fraction bits. */
enum edge_feature_fraction {
#define EDGE_FEATURE(number, name, bits) EDGE_BITS_##name = bits,
#include "features.def"
#undef EDGE_FEATURE
};

/* Bit k: kind k. */
#define EDGE_KINDS_FROM_TO(first, last) \
    ((UINT32_C(2) << EDGE_FEATURE_##last) - (UINT32_C(1) << EDGE_FEATURE_##first))

/* One channel's window. */
struct edge_signal {
    const int16_t *samples;
    uint32_t count;
    uint32_t stride;
};

/* The features of one channel among those wanted. */
struct edge_wanted {
    const struct edge_feature *features;
    uint32_t count;
    uint32_t channel;
    uint32_t kinds; /* that are wanted of the channel */
    int32_t *values;
};

/* The extractors write the values of their own kinds. Scratch is at a multiple of eight. */
uint32_t edge_spectral_scratch(const struct edge_feature_settings *settings);
void edge_spectral_run(const struct edge_feature_settings *settings,
                       const struct edge_signal *signal, const struct edge_wanted *wanted,
                       void *scratch);

uint32_t edge_welch_scratch(const struct edge_feature_settings *settings);
void edge_welch_run(const struct edge_feature_settings *settings, const struct edge_signal *signal,
                    const struct edge_wanted *wanted, void *scratch);

uint32_t edge_mel_scratch(const struct edge_feature_settings *settings,
                          const struct edge_mel_bands *mel);
void edge_mel_run(const struct edge_feature_settings *settings, const struct edge_signal *signal,
                  const struct edge_wanted *wanted, void *scratch);
void edge_mfcc_run(const struct edge_feature_settings *settings, const struct edge_signal *signal,
                   const struct edge_wanted *wanted, void *scratch);

uint32_t edge_samples_scratch(const struct edge_feature_settings *settings, uint32_t kinds);
void edge_samples_run(const struct edge_feature_settings *settings,
                      const struct edge_signal *signal, const struct edge_wanted *wanted,
                      void *scratch);

/* Whether feature i is one of this channel and these kinds. */
static inline bool edge_is_wanted(const struct edge_wanted *wanted, uint32_t i, uint32_t kinds) {
    return wanted->features[i].channel == wanted->channel &&
           (kinds >> wanted->features[i].kind & 1u) != 0;
}

/* data[length] * half of a Hann window, in place. */
void edge_window_hann(const struct edge_fft *fft, int32_t *data);

/* re^2 + im^2, below 2^62. */
static inline uint64_t edge_bin_power(const int32_t *bin) {
    return (uint64_t)((int64_t)bin[0] * bin[0] + (int64_t)bin[1] * bin[1]);
}

#endif
