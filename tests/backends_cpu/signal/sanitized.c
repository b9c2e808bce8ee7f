/* Drives every signal kernel with extreme and pseudo-random inputs, under sanitizers. Each buffer is
 * exactly as long as the kernel may use. Prints a sum over all outputs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signal_operators.h"

static uint64_t state = 88172645463325252u;
static uint64_t total;

static uint64_t next(void) { /* xorshift64 */
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

/* kind 0: random; 1: all bits set; 2: only the top bit of the element; 3: zero; 4: the largest
 * signed value; 5: a random magnitude. */
static uint64_t element(int kind, size_t bits) {
    const uint64_t mask = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
    const uint64_t shift = kind == 5 ? next() % bits : 0;
    switch (kind) {
    case 0: return next() & mask;
    case 1: return mask;
    case 2: return UINT64_C(1) << (bits - 1);
    case 3: return 0;
    case 4: return mask >> 1;
    default: return (next() & mask) >> shift;
    }
}

static void *buffer(size_t count, size_t bytes, int kind) {
    unsigned char *made = malloc(count * bytes + (count == 0));
    if (!made)
        abort();
    for (size_t i = 0; i < count; i++) {
        const uint64_t value = element(kind, 8 * bytes);
        for (size_t b = 0; b < bytes; b++)
            made[i * bytes + b] = (unsigned char)(value >> (8 * b));
    }
    return made;
}

static void finish(void *output, size_t bytes) {
    for (size_t i = 0; i < bytes; i++)
        total = total * 31 + ((unsigned char *)output)[i];
    free(output);
}

static void frames(int kind, size_t size) {
    int16_t *input = buffer(size, 2, kind), *weights = buffer(size, 2, (kind + 1) % 6);
    int16_t *output = buffer(size, 2, 3);
    signal_window(input, weights, size, (int32_t)(next() % 32), output);
    total += (uint64_t)signal_fft_auto_scale(input, size, input);
    finish(output, 2 * size);
    for (size_t length = 4; length <= 4096; length *= 2) {
        int16_t *spectrum = buffer(length + 2, 2, 3);
        const int32_t result = signal_rfft(input, size, length, spectrum);
        if ((result == 0) != (size <= length))
            abort();
        uint32_t *energies = buffer(length / 2 + 1, 4, 3);
        signal_energy(spectrum, 0, length / 2 + 1, energies);
        free(spectrum);
        finish(energies, 4 * (length / 2 + 1));
    }
    free(input);
    free(weights);
}

static void refused_lengths(void) {
    int16_t input[1] = {1}, output[1] = {7};
    const size_t wrong[] = {0, 1, 2, 3, 6, 12, 4095, 8192, SIZE_MAX, SIZE_MAX / 2 + 1};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (signal_rfft(input, 1, wrong[i], output) != -1 || output[0] != 7)
            abort();
}

static void bank(int kind, size_t bins, size_t channels) {
    int16_t *tables = buffer(3 * (channels + 1), 2, 3);
    size_t reach = 0;
    for (size_t i = 0; i <= channels; i++) { /* the last bins, the last weights */
        const size_t width = next() % (bins + 1);
        tables[i] = (int16_t)(bins - width);
        tables[channels + 1 + i] = (int16_t)reach;
        tables[2 * (channels + 1) + i] = (int16_t)(width == 0 ? -1 : (int)width);
        reach += width;
    }
    int16_t *weights = buffer(reach, 2, kind), *unweights = buffer(reach, 2, (kind + 2) % 6);
    uint32_t *energies = buffer(bins, 4, (kind + 1) % 6);
    uint64_t *output = buffer(channels, 8, 3);
    const signal_bank description = {weights, unweights, tables, tables + channels + 1,
                                     tables + 2 * (channels + 1), channels};
    signal_filter_bank(energies, &description, output);
    free(tables);
    free(weights);
    free(unweights);
    free(energies);
    finish(output, 8 * channels);
}

static void subtraction(int kind, size_t channels) {
    signal_noise noise;
    uint32_t *numbers = buffer(5, 4, kind);
    memcpy(&noise, numbers, 5 * sizeof *numbers);
    noise.smoothing_bits = (int32_t)(next() % 32);
    noise.fraction_bits = (int32_t)(next() % 64);
    noise.clamping = (int32_t)(next() % 2);
    uint32_t *estimate = buffer(channels, 4, 3);
    for (int frame = 0; frame < 20; frame++) {
        uint32_t *signal = buffer(channels, 4, frame % 6);
        signal_spectral_subtraction(&noise, signal, channels, estimate, signal);
        finish(signal, 4 * channels);
    }
    free(numbers);
    finish(estimate, 4 * channels);
}

static void channels(int kind, size_t size) {
    uint64_t *energies = buffer(size, 8, kind);
    uint32_t *signal = buffer(size, 4, kind), *estimate = buffer(size, 4, next() % 6);
    uint32_t *output = buffer(size, 4, 3);
    int16_t *gains = buffer(SIGNAL_GAINS, 2, (int)(next() % 6)), *logs = buffer(size, 2, 3);
    signal_square_root(energies, size, (int32_t)(next() % 32), output);
    total += size ? output[size - 1] : 0;
    signal_pcan(signal, estimate, gains, size, (int32_t)(next() % 64), output);
    const uint32_t scale = (uint32_t)element(kind, 32);
    signal_log(signal, size, scale, (int32_t)(next() % 32), logs);
    free(energies);
    free(signal);
    free(estimate);
    free(gains);
    finish(output, 4 * size);
    finish(logs, 2 * size);
}

int main(void) {
    refused_lengths();
    for (int kind = 0; kind < 6; kind++) {
        const size_t sizes[] = {0, 1, 3, 4, 480, 512, 4096};
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            frames(kind, sizes[i]);
        for (size_t turn = 0; turn < 200; turn++) {
            const size_t bins = 1 + next() % 60;
            bank(kind, bins, 1 + next() % 20);
            subtraction(kind, next() % 50);
            channels(kind, next() % 50);
        }
    }
    printf("%016llx\n", (unsigned long long)total);
    return 0;
}
