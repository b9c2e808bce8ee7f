/* Log-mel front end for sound classifiers: 16 kHz audio in, one row of log-mel energies per hop.
 *
 * The stream form takes LOGMEL_HOP new samples and gives the row of the LOGMEL_WINDOW samples that
 * end there; before the first sample there is silence. Memory: one logmel_state (8 KiB) owned by
 * the caller and about 8 KiB of constant tables. No allocation, no global state.
 *
 * Row m = ln(LOGMEL_FLOOR + energy of mel band m), where a full-scale sine in one band is about
 * 0.25 to 1, so that rows lie between ln(LOGMEL_FLOOR) and about 1. Bands are triangles,
 * evenly spaced on the mel scale 2595 log10(1 + f/700) from LOGMEL_LOWEST_HZ to half the rate.
 */
#ifndef EDGESDK_LOGMEL_H
#define EDGESDK_LOGMEL_H

#ifdef __cplusplus
extern "C" {
#endif

#define LOGMEL_LOWEST_HZ 40.0
#define LOGMEL_FLOOR 1e-8f

/* cffi:begin */
#define LOGMEL_REVISION 1
#define LOGMEL_SAMPLE_RATE 16000
#define LOGMEL_WINDOW 1024
#define LOGMEL_HOP 625
#define LOGMEL_FFT 1024
#define LOGMEL_MELS 64

/* What the compiled library computes, so that a caller can check it against a model's needs. */
typedef struct {
    int revision;
    int sample_rate; /* Hz */
    int window;      /* samples */
    int hop;         /* samples */
    int fft;         /* points */
    int mels;        /* bands a row */
} logmel_description;

typedef struct {
    float history[1024]; /* [LOGMEL_WINDOW] the newest samples, oldest first */
    float spectrum[1024]; /* [LOGMEL_FFT] scratch of one frame */
} logmel_state;

void logmel_describe(logmel_description *description);

/* Silence before the first sample. */
void logmel_reset(logmel_state *state);

/* samples[LOGMEL_HOP] in [-1, 1] -> row[LOGMEL_MELS], all finite. Samples beyond +-1 count as +-1,
 * infinities too; a NaN counts as 0. */
void logmel_frame(logmel_state *state, const float *samples, float *row);

/* samples[frames * LOGMEL_HOP] -> rows[frames * LOGMEL_MELS], continuing the state's stream. */
void logmel_frames(logmel_state *state, const float *samples, int frames, float *rows);
/* cffi:end */

#ifdef __cplusplus
}
#endif

#endif
