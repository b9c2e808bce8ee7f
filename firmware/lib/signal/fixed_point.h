/* Arithmetic that the signal kernels share. Internal. */
#ifndef SIGNAL_FIXED_POINT_H
#define SIGNAL_FIXED_POINT_H

#include <stdint.h>

/* The low 16 bits of x as a signed number. A cast would do the same on most compilers, but the
 * standard leaves it to them. */
static inline int16_t wrap16(int32_t x) {
    return (int16_t)((int32_t)(((uint32_t)x + 0x8000u) & 0xFFFFu) - 0x8000);
}

/* Number of bits that x needs: 0 for 0, 32 for 2^31 and above. */
static inline int32_t bit_length32(uint32_t x) {
    int32_t bits = 0;
    for (int32_t step = 16; step > 0; step /= 2) {
        if (x >> step) {
            x >>= step;
            bits += step;
        }
    }
    return bits + (int32_t)x;
}

#endif
