#include "mel.h"

#include "fft_stage.h"
#include "fixed_math.h"
#include "multiply.h"

enum {
    SAMPLE_BITS = 15,            /* of a windowed sample, behind the point */
    DECIBELS_OF_TWO = 808071242, /* 10 log10(2), Q32 of Q24 to Q20 */
};

/* A sample beyond the window: 0, or the one as far on this side of the end. */
static int32_t beyond(const struct edge_signal *signal, int32_t index, bool zeros) {
    const int32_t last = (int32_t)signal->count - 1;
    if (zeros) return 0;
    return signal->samples[(uint32_t)(index < 0 ? -index : 2 * last - index) * signal->stride];
}

static void cut_frame(const struct edge_mel *mel, const struct edge_signal *signal, uint32_t frame,
                      int32_t *data) {
    const int32_t length = (int32_t)mel->settings->frame.length, unit = 1 << 16;
    const int32_t first = (int32_t)(frame * mel->settings->hop) - length / 2;
    const int32_t after = (int32_t)signal->count - first, end = after < length ? after : length;
    const bool zeros = mel->bands->zeros != 0;
    int32_t i = 0;
    for (; i < -first; i++) data[i] = beyond(signal, first + i, zeros) * unit;
    const int16_t *sample = signal->samples + (uint32_t)(first + i) * signal->stride;
    for (; i < end; i++, sample += signal->stride) data[i] = *sample * unit;
    for (; i < length; i++) data[i] = beyond(signal, first + i, zeros) * unit;
    edge_window_hann(&mel->settings->frame, data);
}

/* Power between two edges of bands, weighted by how far up it lies, and by how far down; in units
 * of 2^exponent. It has an exponent of its own: its neighbour may be a million times as loud. */
struct stretch {
    uint64_t rising, falling;
    int32_t exponent;
};

/* How far bins go to the right so that their power, weighted and summed, fits. */
static int32_t excess(const int32_t *bins, uint32_t count, uint32_t bits) {
    uint32_t folded = 0;
    for (uint32_t i = 0; i < 2 * count; i++) folded |= edge_folded(bins[i]);
    const int32_t right = edge_bits(folded) - (int32_t)bits;
    return right > 0 ? right : 0;
}

/* The bins from one edge to before the next; a weight is Q16. */
static struct stretch between(const struct edge_mel_bands *bands, uint32_t number,
                              const int32_t *data) {
    const uint32_t edge = bands->edges[number], step = bands->steps[number];
    const uint32_t first = (edge + 0xFFFF) >> 16, end = (bands->edges[number + 1] + 0xFFFF) >> 16;
    const int32_t right = excess(data + 2 * first, end - first, bands->bits);
    uint32_t weight = (uint32_t)((uint64_t)((first << 16) - edge) * step >> 16);
    uint64_t rising = 0, power = 0;
    for (uint32_t k = first; k < end; k++, weight += step) {
        const int32_t bin[2] = {data[2 * k] >> right, data[2 * k + 1] >> right};
        const uint64_t square = edge_bin_power(bin);
        power += square;
        rising += square * (weight >> 16);
    }
    return (struct stretch){rising, (power << 16) - rising, 2 * right - 16};
}

/* log2 of the power of the band that lies in two stretches. */
static int32_t band_log(const struct stretch *below, const struct stretch *above,
                        int32_t exponent) {
    const int32_t apart = above->exponent - below->exponent;
    const uint64_t rising = below->rising >> (apart > 0 ? apart : 0);
    const uint64_t falling = above->falling >> (apart < 0 ? -apart : 0);
    const int32_t log = edge_log2(rising + falling);
    exponent += apart > 0 ? above->exponent : below->exponent;
    return log == EDGE_LOG2_OF_ZERO ? log : log + exponent * (1 << EDGE_LOG2_BITS);
}

/* Of the bins' true power, whose unit is 2^exponent. */
static void find_bands(const struct edge_mel_bands *bands, const int32_t *data, int32_t exponent,
                       int32_t *logs) {
    struct stretch below = between(bands, 0, data);
    for (uint32_t band = 0; band < bands->bands; band++) {
        const struct stretch above = between(bands, band + 1, data);
        logs[band] = band_log(&below, &above, exponent);
        below = above;
    }
}

int32_t edge_mel_decibels(const struct edge_mel *mel, uint32_t frame, uint32_t band) {
    const int32_t log = mel->logs[frame * mel->bands->bands + band];
    if (log == EDGE_LOG2_OF_ZERO) return mel->floor;
    const int32_t decibels =
        edge_high_product(log, DECIBELS_OF_TWO) + mel->bands->decibels[band];
    return decibels > mel->floor ? decibels : mel->floor;
}

static int32_t find_floor(struct edge_mel *mel) {
    int32_t top = mel->floor = EDGE_DECIBEL_LEAST;
    for (uint32_t frame = 0; frame < mel->frames; frame++)
        for (uint32_t band = 0; band < mel->bands->bands; band++) {
            const int32_t decibels = edge_mel_decibels(mel, frame, band);
            if (decibels > top) top = decibels;
        }
    const int32_t floor = top - EDGE_DECIBEL_SPAN;
    return floor > EDGE_DECIBEL_LEAST ? floor : EDGE_DECIBEL_LEAST;
}

static uint32_t frames_of(const struct edge_feature_settings *settings) {
    return 1 + settings->window / settings->hop;
}

void edge_mel_spectrogram(struct edge_mel *mel, const struct edge_signal *signal, void *scratch) {
    const struct edge_fft *fft = &mel->settings->frame;
    mel->frames = frames_of(mel->settings);
    mel->logs = scratch;
    mel->column = mel->logs + mel->frames * mel->bands->bands;
    int32_t *data = mel->column + mel->frames;
    for (uint32_t frame = 0; frame < mel->frames; frame++) {
        cut_frame(mel, signal, frame, data);
        const int32_t exponent = edge_fft_real(fft, data) - SAMPLE_BITS;
        find_bands(mel->bands, data, 2 * exponent, mel->logs + frame * mel->bands->bands);
    }
    mel->floor = find_floor(mel);
}

uint32_t edge_mel_scratch(const struct edge_feature_settings *settings,
                          const struct edge_mel_bands *mel) {
    const uint32_t numbers = frames_of(settings) * (mel->bands + 1) + settings->frame.length + 2;
    return numbers * (uint32_t)sizeof(int32_t);
}
