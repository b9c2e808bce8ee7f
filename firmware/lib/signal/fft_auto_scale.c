/* SignalFftAutoScale: uses all 15 bits before a transform that loses some in every stage. */
#include "fixed_point.h"
#include "signal_operators.h"

/* The largest magnitude in 16 bits, as TensorFlow Lite Micro finds it: -32768 has none there, wraps
 * to itself, and the search starts anew behind it. Models are trained with that, so it stays. */
static int16_t largest_magnitude(const int16_t *input, size_t size) {
    int16_t largest = 0;
    for (size_t i = 0; i < size; i++) {
        if (input[i] > largest)
            largest = input[i];
        else if (-(int32_t)input[i] > largest)
            largest = wrap16(-(int32_t)input[i]);
    }
    return largest;
}

int32_t signal_fft_auto_scale(const int16_t *input, size_t size, int16_t *output) {
    const int16_t largest = largest_magnitude(input, size);
    const int32_t shift = largest > 0 ? 15 - bit_length32((uint32_t)largest) : 0;
    for (size_t i = 0; i < size; i++)
        output[i] = wrap16((int32_t)input[i] * (1 << shift));
    return shift;
}
