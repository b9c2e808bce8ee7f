/* SignalFilterBank: energies gathered into channels. */
#include "signal_operators.h"

/* A weight times an energy, modulo 2^64: a negative weight wraps and later sums wrap it back. */
static uint64_t weighted(int16_t weight, uint32_t energy) {
    return (uint64_t)(int64_t)weight * energy;
}

void signal_filter_bank(const uint32_t *energies, const signal_bank *bank,
                             uint64_t *output) {
    uint64_t carried = 0; /* what the band before gave to this channel */
    for (size_t band = 0; band <= bank->channels; band++) {
        uint64_t own = carried;
        uint64_t next = 0;
        for (int32_t j = 0; j < bank->widths[band]; j++) {
            const uint32_t energy = energies[bank->frequency_starts[band] + j];
            own += weighted(bank->weights[bank->weight_starts[band] + j], energy);
            next += weighted(bank->unweights[bank->weight_starts[band] + j], energy);
        }
        if (band > 0)
            output[band - 1] = own;
        carried = next;
    }
}
