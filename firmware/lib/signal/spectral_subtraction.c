/* SignalFilterBankSpectralSubtraction: takes stationary noise away. */
#include "signal_operators.h"

/* The next noise estimate: smoothing * signal + (1 - smoothing) * estimate. */
static uint32_t smoothed(const signal_noise *noise, size_t parity, uint32_t scaled_signal,
                         uint32_t estimate) {
    const uint64_t sum = (uint64_t)scaled_signal * noise->smoothing[parity] +
                         (uint64_t)estimate * noise->one_minus_smoothing[parity];
    return (uint32_t)(sum >> noise->fraction_bits);
}

void signal_spectral_subtraction(const signal_noise *noise, const uint32_t *input,
                                      size_t channels, uint32_t *estimate, uint32_t *output) {
    for (size_t i = 0; i < channels; i++) {
        const uint32_t scaled = input[i] << noise->smoothing_bits;
        uint32_t taken = estimate[i] = smoothed(noise, i & 1, scaled, estimate[i]);
        if (taken > scaled) {
            taken = scaled;
            if (noise->clamping)
                estimate[i] = scaled;
        }
        const uint32_t least = (uint32_t)(((uint64_t)input[i] * noise->min_signal_remaining) >>
                                          noise->fraction_bits);
        const uint32_t rest = (scaled - taken) >> noise->smoothing_bits;
        output[i] = rest > least ? rest : least;
    }
}
