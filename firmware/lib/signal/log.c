/* SignalFilterBankLog: the natural logarithm in fixed point. */
#include "fixed_point.h"
#include "signal_operators.h"
#include "tables.h"

#define LOG_2 45426 /* ln 2 with 16 fractional bits */
#define HALF 32768  /* one half with 16 fractional bits */

/* log2(1 + f) for a fraction f of 16 bits: f plus a tabulated correction. The reference shifts its
 * interpolation between two entries by 16 bits where 9 would be right, which leaves -1, 0 or 1. */
static uint32_t log2_of_one_plus(int32_t fraction) {
    const int32_t segment = fraction >> 9;
    const int32_t within = fraction & 511;
    const int32_t low = signal_log2_table[segment];
    const int32_t rise = signal_log2_table[segment + 1] - low;
    return (uint32_t)(fraction + low + ((rise * within) >> 16));
}

/* log2(x) with 16 fractional bits, for x > 0. */
static uint32_t log2_of(uint32_t x) {
    const int32_t whole = bit_length32(x) - 1;
    const uint32_t rest = x - (1u << whole);
    const uint32_t fraction = whole < 16 ? rest << (16 - whole) : rest >> (whole - 16);
    return ((uint32_t)whole << 16) + log2_of_one_plus((int32_t)fraction);
}

void signal_log(const uint32_t *input, size_t size, uint32_t scale, int32_t correction_bits,
                     int16_t *output) {
    for (size_t i = 0; i < size; i++) {
        const uint32_t x = input[i] << correction_bits;
        uint32_t scaled = 0;
        if (x > 1) {
            const uint32_t natural = (uint32_t)(((uint64_t)log2_of(x) * LOG_2 + HALF) >> 16);
            scaled = (scale * natural + HALF) >> 16;
        }
        output[i] = (int16_t)(scaled < INT16_MAX ? scaled : INT16_MAX);
    }
}
