/* Parts from stdin, each behind its size in bytes (uint32): checks it and, where it is accepted,
 * computes rows of loud samples in memory of exactly the sizes that the header names. Prints how many
 * were accepted. */
#include <stdio.h>
#include <stdlib.h>

#include "features/logmel_rows.h"

static void fill(int16_t *samples, uint32_t count, uint32_t kind) {
    static uint32_t state = 1;
    for (uint32_t i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        samples[i] = kind == 0 ? INT16_MIN : kind == 1 ? INT16_MAX : (int16_t)(state >> 16);
    }
}

static void compute(const struct edge_logmel *settings) {
    int16_t *samples = malloc(settings->window * sizeof *samples);
    int8_t *row = malloc(settings->mels);
    void *scratch = malloc(settings->scratch);
    for (uint32_t kind = 0; kind < 3; kind++) {
        fill(samples, settings->window, kind);
        edge_logmel_row(settings, samples, row, scratch);
    }
    free(samples);
    free(row);
    free(scratch);
}

int main(void) {
    uint32_t bytes, accepted = 0;
    while (fread(&bytes, sizeof bytes, 1, stdin) == 1) {
        uint8_t *content = malloc(bytes);
        struct edge_logmel settings;
        if (bytes != 0 && fread(content, bytes, 1, stdin) != 1) return 1;
        if (edge_logmel_check(content, bytes, &settings)) {
            compute(&settings);
            accepted++;
        }
        free(content);
    }
    printf("%u\n", (unsigned)accepted);
    return 0;
}
