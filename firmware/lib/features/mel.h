/* Mel spectrograms, as librosa has them by default but for their fixed point. Internal.
 *
 * A frame is a window around its middle, every `hop` samples from the first on. A band's weights
 * are two straight lines, up from one edge to the next and down to the one after that; so of each
 * stretch between two edges the power is summed twice, once weighted, and there is no table of
 * weights.
 */
#ifndef EDGESDK_FEATURES_MEL_H
#define EDGESDK_FEATURES_MEL_H

#include "extract.h"

enum {
    EDGE_DECIBEL_BITS = 20,
    EDGE_DECIBEL_LEAST = -100 * (1 << EDGE_DECIBEL_BITS),
    EDGE_DECIBEL_SPAN = 80 * (1 << EDGE_DECIBEL_BITS),
};

struct edge_mel {
    const struct edge_feature_settings *settings;
    const struct edge_mel_bands *bands;
    uint32_t frames;
    int32_t *logs;   /* [frames][bands] log2 of power: EDGE_LOG2_BITS */
    int32_t *column; /* [frames] of one band or coefficient */
    int32_t floor;   /* dB that nothing is below */
};

/* Finds logs and floor. logs begin the scratch, column follows, the rest is used once. */
void edge_mel_spectrogram(struct edge_mel *mel, const struct edge_signal *signal, void *scratch);

/* dB of one band in one frame, not below the floor. */
int32_t edge_mel_decibels(const struct edge_mel *mel, uint32_t frame, uint32_t band);

#endif
