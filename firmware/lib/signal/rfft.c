/* SignalRfft: a real Fourier transform in 16-bit fixed point.
 *
 * The real frame of N samples is taken as N / 2 complex ones, transformed by decimation in time
 * (radix 4, and one radix-2 stage, the innermost, where N / 2 is no power of 4), and unpicked.
 * Every stage first divides by its radix, so nothing needs a larger scale than the input; the result
 * is the transform divided by N. The order of roundings and the wrap of sums at 16 bits are those
 * of a fixed-point kiss_fft, which the reference uses, so results agree to the bit.
 */
#include "fixed_point.h"
#include "signal_operators.h"
#include "tables.h"

typedef struct {
    int16_t real, imaginary;
} complex16;

#define QUARTER (SIGNAL_RFFT_LONGEST / 4)

/* 32767 * sin(2 pi angle / SIGNAL_RFFT_LONGEST). */
static int16_t sine(size_t angle) {
    const size_t place = angle % QUARTER;
    switch (angle / QUARTER % 4) {
    case 0: return signal_sine_table[place];
    case 1: return signal_sine_table[QUARTER - place];
    case 2: return (int16_t)-signal_sine_table[place];
    default: return (int16_t)-signal_sine_table[QUARTER - place];
    }
}

/* x / 32768, rounded to nearest. */
static int16_t rounded(int32_t x) {
    return wrap16((x + (1 << 14)) >> 15);
}

static complex16 add(complex16 a, complex16 b) {
    return (complex16){wrap16(a.real + b.real), wrap16(a.imaginary + b.imaginary)};
}

static complex16 subtract(complex16 a, complex16 b) {
    return (complex16){wrap16(a.real - b.real), wrap16(a.imaginary - b.imaginary)};
}

/* a / radix, as a product with the largest number below 32768 / radix. */
static complex16 divide(complex16 a, int32_t radix) {
    const int32_t factor = 32767 / radix;
    return (complex16){rounded(a.real * factor), rounded(a.imaginary * factor)};
}

/* a turned back by angle; no turn at all still costs the factor 32767 / 32768. */
static complex16 turn(complex16 a, size_t angle) {
    const int32_t cosine = sine(angle + QUARTER);
    const int32_t minus_sine = -sine(angle);
    return (complex16){rounded(a.real * cosine - a.imaginary * minus_sine),
                       rounded(a.real * minus_sine + a.imaginary * cosine)};
}

/* One radix-2 stage over blocks of 2: x[0] + x[1], x[0] - x[1]. */
static void stage_of_2(complex16 *x, size_t size) {
    for (size_t i = 0; i < size; i += 2) {
        const complex16 even = divide(x[i], 2);
        const complex16 odd = turn(divide(x[i + 1], 2), 0);
        x[i] = add(even, odd);
        x[i + 1] = subtract(even, odd);
    }
}

/* x[0], x[m], x[2m], x[3m] become their transform of length 4; step is the angle of x[m]. */
static void butterfly_of_4(complex16 *x, size_t m, size_t step) {
    const complex16 first = divide(x[0], 4);
    const complex16 second = turn(divide(x[m], 4), step);
    const complex16 third = turn(divide(x[2 * m], 4), 2 * step);
    const complex16 fourth = turn(divide(x[3 * m], 4), 3 * step);
    const complex16 even_sum = add(first, third), even_difference = subtract(first, third);
    const complex16 odd_sum = add(second, fourth), odd_difference = subtract(second, fourth);
    const complex16 quarter_turned = {odd_difference.imaginary, wrap16(-odd_difference.real)};
    x[0] = add(even_sum, odd_sum);
    x[m] = add(even_difference, quarter_turned);
    x[2 * m] = subtract(even_sum, odd_sum);
    x[3 * m] = subtract(even_difference, quarter_turned);
}

static void stage_of_4(complex16 *x, size_t size, size_t m) {
    for (size_t block = 0; block < size; block += 4 * m)
        for (size_t k = 0; k < m; k++)
            butterfly_of_4(x + block + k, m, k * (SIGNAL_RFFT_LONGEST / 4 / m));
}

/* Which input stands at place i when the stages begin: the digits of i, in base 4 (and one last
 * binary digit where size is no power of 4), in reverse order. */
static size_t reversed(size_t i, size_t size) {
    size_t source = 0;
    for (size_t stride = 1; size > 1;) {
        const size_t radix = size % 4 == 0 ? 4 : 2;
        size /= radix;
        source += i / size * stride;
        i %= size;
        stride *= radix;
    }
    return source;
}

static void load(const int16_t *input, size_t input_size, complex16 *x, size_t size) {
    for (size_t i = 0; i < size; i++) {
        const size_t source = 2 * reversed(i, size);
        x[i].real = source < input_size ? input[source] : 0;
        x[i].imaginary = source + 1 < input_size ? input[source + 1] : 0;
    }
}

static void transform(complex16 *x, size_t size) {
    size_t m = 1;
    while (size / m % 4 == 0 && m < size) /* how often 4 divides size */
        m *= 4;
    m = m < size ? 2 : 1;
    if (m == 2)
        stage_of_2(x, size);
    for (; m < size; m *= 4)
        stage_of_4(x, size, m);
}

/* From the transform of the complex frame to bins k and size - k of the real one. The real frame's
 * even samples have spectrum (x[k] + conj x[size - k]) / 2, its odd ones the difference turned. */
static void unpick(complex16 *x, size_t size, size_t k) {
    const complex16 mirrored = {x[size - k].real, wrap16(-x[size - k].imaginary)};
    const complex16 a = divide(x[k], 2), b = divide(mirrored, 2);
    const complex16 even = add(a, b);
    const complex16 odd =
        turn(subtract(a, b), k * (SIGNAL_RFFT_LONGEST / 2 / size) + QUARTER);
    x[k] = (complex16){(int16_t)((even.real + odd.real) >> 1),
                       (int16_t)((even.imaginary + odd.imaginary) >> 1)};
    x[size - k] = (complex16){(int16_t)((even.real - odd.real) >> 1),
                              (int16_t)((odd.imaginary - even.imaginary) >> 1)};
}

static void unpick_all(complex16 *x, size_t size) {
    const complex16 zero = divide(x[0], 2);
    x[0] = (complex16){wrap16(zero.real + zero.imaginary), 0};
    x[size] = (complex16){wrap16(zero.real - zero.imaginary), 0};
    for (size_t k = 1; k <= size / 2; k++)
        unpick(x, size, k);
}

int32_t signal_rfft(const int16_t *input, size_t size, size_t length, int16_t *output) {
    const int is_power_of_two = (length & (length - 1)) == 0;
    if (!is_power_of_two || length < 4 || length > SIGNAL_RFFT_LONGEST || size > length)
        return -1;
    complex16 *x = (complex16 *)output; /* [length / 2 + 1]: two int16 side by side */
    load(input, size, x, length / 2);
    transform(x, length / 2);
    unpick_all(x, length / 2);
    return 0;
}
