/* The signal operators of TensorFlow Lite Micro, as portable fixed-point C99 kernels.
 *
 * Bit-exact with TensorFlow Lite Micro's reference kernels on every input, wrap-around included.
 * No allocation, no library calls, no state but what the caller hands in. Shifts of negative
 * numbers are taken to be arithmetic, as every compiler of interest makes them.
 *
 * The caller guarantees the sizes in the comments and, where given, the range of a parameter;
 * input and output must not overlap unless said.
 */
#ifndef SIGNAL_OPERATORS_H
#define SIGNAL_OPERATORS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* cffi:begin */

/* SignalWindow: output[i] = input[i] * weights[i] / 2^shift, rounded down and saturated.
 * input, weights, output: int16 [size]; shift: 0..31. input may be output. */
void signal_window(const int16_t *input, const int16_t *weights, size_t size, int32_t shift,
                        int16_t *output);

/* SignalFftAutoScale: shifts the frame left until its largest magnitude fills 15 bits.
 * input, output: int16 [size]. Returns the shift, 0..14 (0 for silence). input may be output. */
int32_t signal_fft_auto_scale(const int16_t *input, size_t size, int16_t *output);

/* SignalRfft: the first length / 2 + 1 bins of the discrete Fourier transform, divided by length.
 * input: int16 [size], taken as zero beyond size; output: int16 [length + 2], real and imaginary
 * parts in turn. length: a power of two, 4..SIGNAL_RFFT_LONGEST, at least size.
 * Returns 0, or -1 with nothing written when length is none of these. */
#define SIGNAL_RFFT_LONGEST 4096
int32_t signal_rfft(const int16_t *input, size_t size, size_t length, int16_t *output);

/* SignalEnergy: output[i] = real^2 + imaginary^2 for start <= i < end, other outputs untouched.
 * spectrum: int16 [2 * bins]; output: uint32 [bins]; start, end at most bins. */
void signal_energy(const int16_t *spectrum, size_t start, size_t end, uint32_t *output);

/* A bank of overlapping triangular filters. Band i covers widths[i] bins from frequency_starts[i];
 * there a bin counts weights[weight_starts[i] + j] in channel i and unweights[...] in channel i + 1.
 * The first of the channels + 1 bands only feeds the second. */
typedef struct {
    const int16_t *weights;          /* [all widths together] */
    const int16_t *unweights;        /* [all widths together] */
    const int16_t *frequency_starts; /* [channels + 1] */
    const int16_t *weight_starts;    /* [channels + 1] */
    const int16_t *widths;           /* [channels + 1], a negative one is empty */
    size_t channels;
} signal_bank;

/* SignalFilterBank: energies: uint32, as many as the bands reach; output: uint64 [channels]. */
void signal_filter_bank(const uint32_t *energies, const signal_bank *bank,
                             uint64_t *output);

/* SignalFilterBankSquareRoot: output[i] = round(sqrt(input[i])) / 2^shift, rounded down.
 * input: uint64 [size]; output: uint32 [size]; shift: 0..31. A root that would round up to 2^16
 * from below 2^32, or to 2^32, stays one less. */
void signal_square_root(const uint64_t *input, size_t size, int32_t shift, uint32_t *output);

/* Noise is a first-order low pass of the signal. Fractions have fraction_bits bits. */
typedef struct {
    uint32_t smoothing[2];           /* of even and of odd channels, a fraction */
    uint32_t one_minus_smoothing[2]; /* its complement, likewise */
    uint32_t min_signal_remaining;   /* the least part of a signal that is left, a fraction */
    int32_t smoothing_bits;          /* fractional bits of the estimate: 0..31 */
    int32_t fraction_bits;           /* 0..63 */
    int32_t clamping;                /* not 0: an estimate above its signal is lowered to it */
} signal_noise;

/* SignalFilterBankSpectralSubtraction: takes the estimated noise away from each channel.
 * input, output: uint32 [channels]; estimate: uint32 [channels], the state: zero it before the
 * first frame, and hand it in again with the next. input may be output. */
void signal_spectral_subtraction(const signal_noise *noise, const uint32_t *input,
                                      size_t channels, uint32_t *estimate, uint32_t *output);

/* SignalPCAN: per-channel automatic gain control, then a soft shrink to 6 fractional bits.
 * input, estimate, output: uint32 [channels]; gains: int16 [SIGNAL_GAINS], the gain as a
 * piecewise quadratic of the estimate; snr_shift: 0..63. input may be output. */
#define SIGNAL_GAINS 125
void signal_pcan(const uint32_t *input, const uint32_t *estimate, const int16_t *gains,
                      size_t channels, int32_t snr_shift, uint32_t *output);

/* SignalFilterBankLog: output[i] = scale * ln(input[i] * 2^correction_bits), at most 32767,
 * and 0 where the argument of the logarithm, kept in 32 bits, is 0 or 1.
 * input: uint32 [size]; output: int16 [size]; correction_bits: 0..31. */
void signal_log(const uint32_t *input, size_t size, uint32_t scale, int32_t correction_bits,
                     int16_t *output);

/* cffi:end */

#ifdef __cplusplus
}
#endif

#endif
