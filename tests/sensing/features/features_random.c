/* Runs the features on what stdin holds, as often as it holds a case: three words (the bytes of the
 * part, the number of features and of samples), then the part, the features and the samples. Prints
 * how many cases were not refused. Built with sanitizers; no buffer is larger than it must be. */
#include <stdio.h>
#include <stdlib.h>

#include "features/features.h"

static void *taken(uint32_t bytes) {
    void *memory = malloc(bytes != 0 ? bytes : 1);
    if (memory == NULL || fread(memory, 1, bytes, stdin) != bytes) exit(2);
    return memory;
}

static int run(const struct edge_feature_settings *settings, const struct edge_feature *features,
               uint32_t count, const int16_t *samples, uint32_t sample_count) {
    if (!edge_features_check(settings, features, count)) return 0;
    if ((uint64_t)settings->window * settings->channels > sample_count) return 0;
    void *scratch = malloc(edge_features_scratch(settings, features, count) | 1u);
    int32_t *values = malloc((count + 1u) * sizeof *values);
    edge_features_run(settings, features, count, samples, values, scratch);
    free(values);
    free(scratch);
    return 1;
}

int main(void) {
    uint32_t sizes[3];
    int accepted = 0;
    while (fread(sizes, sizeof *sizes, 3, stdin) == 3) {
        struct edge_feature_settings settings;
        uint8_t *part = taken(sizes[0]);
        struct edge_feature *features = taken(sizes[1] * (uint32_t)sizeof *features);
        int16_t *samples = taken(sizes[2] * (uint32_t)sizeof *samples);
        if (edge_feature_settings_read(part, sizes[0], &settings))
            accepted += run(&settings, features, sizes[1], samples, sizes[2]);
        free(samples);
        free(features);
        free(part);
    }
    printf("%d\n", accepted);
    return 0;
}
