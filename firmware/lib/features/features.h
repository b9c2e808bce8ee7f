/* Features of a window of samples, integers in and integers out.
 *
 * rolloff           Hz: the first bin below and at which 95 % of all magnitude lies
 * centroid, spread  Hz: mean and standard deviation of frequency, weighted by magnitude
 * skew, kurtosis    third and fourth standardised central moment of the same
 * slope             samples' unit per Hz: of the straight line that fits the magnitudes
 * decrease          sum of (m[k] - m[0]) / (k + 1), over the sum of m[k]; k counts from 0
 * flatness          geometric over arithmetic mean of the power density
 * psd_std           unit^2 per Hz: standard deviation of the power density
 * dominant          Hz: of the largest power density
 * psd               integral of the power density over bins a to b, over that of all
 * mel_mean, mel_std, mel_max  dB of full scale: of mel band a over time
 * mel_entropy       Shannon's, of the power in mel band a over time, natural logarithm
 * mfcc_mean, mfcc_std  cepstral coefficient a over time
 * zcr, rms, crest   see time.h; a is 1 where the mean is to be taken away first
 * line_length, sample_kurtosis  see time.h
 * envelope          maxima of the envelope of the band from a to b Hz; see envelope.h
 * azc               approximate zero crossings at tolerance a; see azc.h
 *
 * Rolloff to decrease are of the magnitudes of one transform of the whole window. The power density
 * is Welch's as scipy.signal.welch has it by default: Hann windows, each segment without its mean;
 * integrals are Simpson's. Mel spectrograms are librosa's, of whatever mel scale the tables are,
 * in dB that are not below -100, nor further than 80 below the largest of all bands and frames.
 *
 * Silence is 0 in everything but mel_mean and mel_max, which are -100, and mfcc_mean, of which the
 * first coefficient is -100 sqrt(bands). A constant window has all its magnitude at 0 Hz: rolloff,
 * centroid, spread, skew and kurtosis are 0, and so is what is made of the power density; a mel
 * spectrogram has what a Hann window makes of it.
 *
 * Channels beyond a stream's own are magnitudes: channel `channels + c` is the length of the vector
 * of channels c, c + 1 and c + 2.
 */
#ifndef EDGESDK_FEATURES_FEATURES_H
#define EDGESDK_FEATURES_FEATURES_H

#include <stdbool.h>
#include <stdint.h>

#include "fft.h"

/* cffi:begin */
#define EDGE_FEATURES_RATE_MOST 262144 /* Hz */
#define EDGE_MEL_BANDS_MOST 128

struct edge_feature {
    uint16_t kind; /* features.def */
    uint16_t channel;
    int32_t a;
    int32_t b;
};

/* Where mel bands lie: band m rises from edge m to edge m + 1 and falls to edge m + 2. */
struct edge_mel_bands {
    uint32_t bands;           /* 0: there are none */
    uint32_t zeros;           /* beyond the window's ends; else it is mirrored there */
    uint32_t bits;            /* of a bin, beside the sign, whose power is summed */
    const uint32_t *edges;    /* [bands + 2] bins, Q16 */
    const uint32_t *steps;    /* [bands + 1] 1 / (bins between two edges), Q32 */
    const int32_t *decibels;  /* [bands] of the band's weight over that of full scale, Q20 */
};

struct edge_feature_settings {
    uint32_t rate;     /* Hz */
    uint32_t window;   /* samples of each channel */
    uint32_t channels; /* interleaved */
    uint32_t step;     /* samples from a segment of the power density to the next */
    uint32_t hop;      /* samples from a frame of the spectrogram to the next */
    struct edge_fft whole;   /* of the window; lengths are 0 where nothing needs them */
    struct edge_fft segment; /* of the power density */
    struct edge_fft frame;   /* of the spectrogram */
    struct edge_mel_bands mel;  /* of mel_... */
    struct edge_mel_bands mfcc; /* of mfcc_... */
};

/* Settings from a program's part, which they point into: at a multiple of four. 0: refused. */
int edge_feature_settings_read(const uint8_t *content, uint32_t bytes,
                               struct edge_feature_settings *out);

/* Whether these features can be had with these settings: 0, or 1. */
int edge_features_check(const struct edge_feature_settings *settings,
                        const struct edge_feature *wanted, uint32_t count);

/* Bytes of scratch that edge_features_run needs, at a multiple of eight. Both take only features
 * that edge_features_check has accepted. */
uint32_t edge_features_scratch(const struct edge_feature_settings *settings,
                               const struct edge_feature *wanted, uint32_t count);

/* samples[window][channels] -> values[count], with the fraction bits of their kinds. What features
 * share is computed once for each channel. */
void edge_features_run(const struct edge_feature_settings *settings,
                       const struct edge_feature *wanted, uint32_t count, const int16_t *samples,
                       int32_t *values, void *scratch);

/* The name of a kind, or a null pointer; kinds are counted from 1. */
const char *edge_feature_name(uint32_t kind);

/* The fraction bits of a kind; 0 where there is none. */
uint32_t edge_feature_bits(uint32_t kind);
/* cffi:end */

#endif
