/* Every feature, and the cough events, on samples from stdin; for the sanitizers.
 *
 * The first 18 bytes choose sizes and settings; the rest are samples. Buffers are of exactly the
 * sizes that the headers ask for, so that a step beyond shows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "features/azc.h"
#include "features/envelope.h"
#include "features/time.h"
#include "sensing/cough_events.h"

static int16_t input[70000];

static long features(const int16_t *samples, uint32_t count, uint32_t stride,
                     const uint16_t *chosen)
{
    const uint32_t rate = 2000u + chosen[0], high = 1 + chosen[1] % (rate / 10);
    uint16_t *levels = malloc(2 * count);
    int16_t *magnitude = malloc(2 * count);
    int32_t *work = malloc(4 * (count + 2 * EDGE_ENVELOPE_EDGE));
    long sum = 0;
    for (int centred = 0; centred < 2; ++centred) {
        sum += edge_time_zero_crossings(samples, count, stride, centred);
        sum += edge_time_rms(samples, count, stride, centred);
        sum += edge_time_crest_factor(samples, count, stride, centred);
    }
    sum += edge_time_line_length(samples, count, stride);
    sum += edge_time_kurtosis(samples, count, stride);
    sum += edge_time_azc(samples, count, stride, 5000, levels);
    sum += edge_time_envelope_peaks(samples, count, stride, rate, chosen[2] % high, high, work);
    if (stride >= 3) edge_time_magnitude(samples, count, stride, magnitude);
    free(levels);
    free(magnitude);
    free(work);
    return sum;
}

static long coughs(const int16_t *samples, uint32_t count, const uint16_t *chosen)
{
    const struct edge_cough_settings settings = {
        count, 1 + chosen[3] % 9, chosen[4] % 200, chosen[5] % 32769, 0, 1000,
        700 + chosen[6] % 9000, chosen[7], 400, 300, 100, chosen[7] + 100u, chosen[8] % 32769, 0};
    struct edge_cough_events state;
    struct edge_event events[EDGE_COUGH_CANDIDATES];
    long sum = 0;
    if (!edge_cough_settings_fit(&settings)) return 0;
    edge_cough_events_open(&state, &settings, chosen[0]);
    for (uint64_t at = 0; at < 20000; at += 1 + chosen[1] % 5000) {
        edge_cough_events_window(&state, samples, at, 20000);
        const uint32_t room = chosen[2] % (EDGE_COUGH_CANDIDATES + 1);
        const uint32_t found = edge_cough_events_report(&state, at, events, room);
        for (uint32_t i = 0; i < found; ++i)
            if (!(events[i].start <= events[i].peak && events[i].peak < events[i].end)) abort();
        sum += found + state.lost;
    }
    return sum;
}

int main(void)
{
    uint16_t chosen[9];
    if (fread(chosen, sizeof chosen, 1, stdin) != 1) return 1;
    const uint32_t total = (uint32_t)fread(input, 2, sizeof input / 2, stdin);
    const uint32_t stride = 1 + chosen[0] % 6, count = (total + stride - 1) / stride;
    int16_t *samples = malloc(2 * total);
    memcpy(samples, input, 2 * total);
    if (stride >= 3) { /* the last vector has all three of its axes */
        printf("%ld\n", features(samples, total / stride, stride, chosen));
    } else {
        printf("%ld\n", features(samples, count, stride, chosen) + coughs(samples, total, chosen));
    }
    free(samples);
    return 0;
}
