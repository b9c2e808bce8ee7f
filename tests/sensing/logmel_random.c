/* Runs the front end on bytes from stdin taken as float32 samples, a hop at a time, under the
 * sanitizers; prints the number of rows, or fails on a value that is not finite. */
#include <math.h>
#include <stdio.h>

#include "logmel.h"

int main(void)
{
    static logmel_state state;
    static float samples[LOGMEL_HOP], row[LOGMEL_MELS];
    int rows = 0, m;
    logmel_reset(&state);
    while (fread(samples, sizeof *samples, LOGMEL_HOP, stdin) == LOGMEL_HOP) {
        logmel_frame(&state, samples, row);
        for (m = 0; m < LOGMEL_MELS; ++m) {
            if (!isfinite(row[m]) || row[m] < -18.5f || row[m] > 5.0f) return 1;
        }
        ++rows;
    }
    printf("%d\n", rows);
    return 0;
}
