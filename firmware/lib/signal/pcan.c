/* SignalPCAN: per-channel automatic gain control (Wang et al., "Trainable frontend for robust and
 * far-field keyword spotting", 2017) with the gain tabulated over the noise estimate. */
#include "fixed_point.h"
#include "signal_operators.h"

#define SNR_BITS 12    /* fractional bits of the signal-to-noise ratio */
#define OUTPUT_BITS 6  /* fractional bits of the output */
#define INTERVAL_BITS 10 /* fractional bits of a place within an interval */

/* The gain at x: tabulated for 0, 1, 2; then for each power of two up to x four entries,
 * of which three are the coefficients of a quadratic over that octave (the fourth pads). */
static int16_t gain_at(const int16_t *gains, uint32_t x) {
    if (x <= 2)
        return gains[x];
    const int32_t octave = bit_length32(x) - 1;
    const int16_t *coefficients = gains + 4 * octave - 2;
    const uint32_t shifted = octave < INTERVAL_BITS ? x << (INTERVAL_BITS - octave)
                                                    : x >> (octave - INTERVAL_BITS);
    const int32_t place = (int32_t)(shifted & ((1u << INTERVAL_BITS) - 1));
    const int32_t slope = ((coefficients[2] * place) >> 5) + coefficients[1] * 32;
    return wrap16(((slope * place + (1 << 14)) >> 15) + coefficients[0]);
}

/* x^2 / 4 below 2, and its tangent x - 1 from there on. */
static uint32_t shrink(uint32_t snr) {
    if (snr < 2u << SNR_BITS)
        return (snr * snr) >> (2 + 2 * SNR_BITS - OUTPUT_BITS);
    return (snr >> (SNR_BITS - OUTPUT_BITS)) - (1u << OUTPUT_BITS);
}

void signal_pcan(const uint32_t *input, const uint32_t *estimate, const int16_t *gains,
                      size_t channels, int32_t snr_shift, uint32_t *output) {
    for (size_t i = 0; i < channels; i++) {
        const uint32_t gain = (uint32_t)(int32_t)gain_at(gains, estimate[i]);
        output[i] = shrink((uint32_t)(((uint64_t)input[i] * gain) >> snr_shift));
    }
}
