/* SignalWindow: a frame times a window. */
#include "signal_operators.h"

static int16_t saturate(int32_t x) {
    return (int16_t)(x < INT16_MIN ? INT16_MIN : x > INT16_MAX ? INT16_MAX : x);
}

void signal_window(const int16_t *input, const int16_t *weights, size_t size, int32_t shift,
                        int16_t *output) {
    for (size_t i = 0; i < size; i++)
        output[i] = saturate(((int32_t)input[i] * weights[i]) >> shift);
}
