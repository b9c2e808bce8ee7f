/* SignalEnergy: squared magnitudes of a spectrum. */
#include "signal_operators.h"

static uint32_t square(int16_t x) {
    return (uint32_t)((int32_t)x * x);
}

void signal_energy(const int16_t *spectrum, size_t start, size_t end, uint32_t *output) {
    for (size_t i = start; i < end; i++)
        output[i] = square(spectrum[2 * i]) + square(spectrum[2 * i + 1]);
}
