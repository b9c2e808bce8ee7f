/* SignalFilterBankSquareRoot: from energy back to magnitude. */
#include "signal_operators.h"

/* The root rounded to nearest, found bit by bit from the top. Not above 0xFFFF for an argument of 32
 * bits, nor above 0xFFFFFFFF: there the reference drops the rounding. */
static uint32_t rounded_root(uint64_t x) {
    const uint64_t largest = x >> 32 ? 0xFFFFFFFFu : 0xFFFFu;
    uint64_t root = 0;
    for (uint64_t bit = x >> 32 ? UINT64_C(1) << 31 : 1u << 15; bit > 0; bit >>= 1)
        if ((root + bit) * (root + bit) <= x)
            root += bit;
    /* (root + 1/2)^2 = root^2 + root + 1/4, so above root^2 + root the next integer is nearer. */
    return (uint32_t)(x - root * root > root && root < largest ? root + 1 : root);
}

void signal_square_root(const uint64_t *input, size_t size, int32_t shift, uint32_t *output) {
    for (size_t i = 0; i < size; i++)
        output[i] = rounded_root(input[i]) >> shift;
}
