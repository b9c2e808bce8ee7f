#include "logmel.h"

#include <math.h>
#include <string.h>

#include "logmel_tables.h" /* printed by make_tables.c at build */

/* Constants of the tables in use: a table made for another size must not compile. */
typedef char table_fits_window[LOGMEL_TABLE_FFT == LOGMEL_FFT ? 1 : -1];
typedef char table_fits_mels[LOGMEL_TABLE_MELS == LOGMEL_MELS ? 1 : -1];
typedef char window_fits_fft[LOGMEL_WINDOW == LOGMEL_FFT ? 1 : -1];
typedef char state_fits_window[sizeof(logmel_state) ==
                                       sizeof(float) * (LOGMEL_WINDOW + LOGMEL_FFT)
                                   ? 1
                                   : -1];

enum { HALF = LOGMEL_FFT / 2 };

void logmel_describe(logmel_description *description)
{
    description->revision = LOGMEL_REVISION;
    description->sample_rate = LOGMEL_SAMPLE_RATE;
    description->window = LOGMEL_WINDOW;
    description->hop = LOGMEL_HOP;
    description->fft = LOGMEL_FFT;
    description->mels = LOGMEL_MELS;
}

void logmel_reset(logmel_state *state)
{
    memset(state, 0, sizeof *state);
}

/* NaN fails every comparison and falls through to 0. */
static float clean(float sample)
{
    if (sample >= -1.0f && sample <= 1.0f) return sample;
    if (sample > 1.0f) return 1.0f;
    if (sample < -1.0f) return -1.0f;
    return 0.0f;
}

static void swap(float *a, float *b)
{
    float kept = *a;
    *a = *b;
    *b = kept;
}

/* z[HALF] complex, interleaved: reorder by reversed index bits. */
static void bit_reverse(float *z)
{
    unsigned i, bit, reversed = 0;
    for (i = 1; i < HALF; ++i) {
        for (bit = HALF >> 1; reversed & bit; bit >>= 1) reversed ^= bit;
        reversed |= bit;
        if (i < reversed) {
            swap(&z[2 * i], &z[2 * reversed]);
            swap(&z[2 * i + 1], &z[2 * reversed + 1]);
        }
    }
}

/* In-place radix-2 complex FFT of z[HALF], decimation in time. */
static void complex_fft(float *z)
{
    int span, start, k;
    bit_reverse(z);
    for (span = 1; span < HALF; span *= 2) {
        const int step = HALF / span; /* in the table of LOGMEL_FFT points */
        for (k = 0; k < span; ++k) {
            const float wr = logmel_cosine[k * step], wi = -logmel_sine[k * step];
            for (start = k; start < HALF; start += 2 * span) {
                float *a = z + 2 * start, *b = z + 2 * (start + span);
                const float tr = b[0] * wr - b[1] * wi, ti = b[0] * wi + b[1] * wr;
                b[0] = a[0] - tr;
                b[1] = a[1] - ti;
                a[0] += tr;
                a[1] += ti;
            }
        }
    }
}

/* Power of bin k of the real signal whose even and odd samples are the parts of z[HALF]:
 * X[k] = (Z[k] + Z*[HALF-k]) / 2 - i w^k (Z[k] - Z*[HALF-k]) / 2. */
static float bin_power(const float *z, int k)
{
    const float *a = z + 2 * k, *b = z + 2 * ((HALF - k) % HALF);
    const float even_r = 0.5f * (a[0] + b[0]), even_i = 0.5f * (a[1] - b[1]);
    const float odd_r = 0.5f * (a[1] + b[1]), odd_i = 0.5f * (b[0] - a[0]);
    const float wr = logmel_cosine[k], wi = -logmel_sine[k];
    const float re = even_r + odd_r * wr - odd_i * wi;
    const float im = even_i + odd_r * wi + odd_i * wr;
    return re * re + im * im;
}

/* Each bin lies between two band centres and gives its power to both triangles, weights adding
 * up to 1; bands -1 and LOGMEL_MELS do not exist. */
static void mel_bands(const float *z, float *row)
{
    int k, m;
    for (m = 0; m < LOGMEL_MELS; ++m) row[m] = 0.0f;
    for (k = LOGMEL_FIRST_BIN; k < HALF; ++k) {
        const float power = bin_power(z, k);
        const float upper = logmel_upper_weight[k - LOGMEL_FIRST_BIN];
        const int band = logmel_upper_band[k - LOGMEL_FIRST_BIN];
        if (band < LOGMEL_MELS) row[band] += upper * power;
        if (band > 0) row[band - 1] += (1.0f - upper) * power;
    }
}

void logmel_frame(logmel_state *state, const float *samples, float *row)
{
    float *newest = state->history + (LOGMEL_WINDOW - LOGMEL_HOP);
    int i;
    memmove(state->history, state->history + LOGMEL_HOP,
            (LOGMEL_WINDOW - LOGMEL_HOP) * sizeof(float));
    for (i = 0; i < LOGMEL_HOP; ++i) newest[i] = clean(samples[i]);
    for (i = 0; i < LOGMEL_FFT; ++i) state->spectrum[i] = state->history[i] * logmel_window[i];
    complex_fft(state->spectrum);
    mel_bands(state->spectrum, row);
    for (i = 0; i < LOGMEL_MELS; ++i) row[i] = logf(row[i] + LOGMEL_FLOOR);
}

void logmel_frames(logmel_state *state, const float *samples, int frames, float *rows)
{
    int t;
    for (t = 0; t < frames; ++t) {
        logmel_frame(state, samples + (long)t * LOGMEL_HOP, rows + (long)t * LOGMEL_MELS);
    }
}
