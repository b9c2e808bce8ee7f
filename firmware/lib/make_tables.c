/* Prints logmel_tables.h: the constant tables of logmel.c. Runs on the build machine, in double
 * precision, so that the microcontroller's tables are rounded once.
 *
 *     cc make_tables.c -o make_tables -lm && ./make_tables > logmel_tables.h
 */
#include <math.h>
#include <stdio.h>

#include "logmel.h"

static const double pi = 3.14159265358979323846;

static double mel_of(double hertz)
{
    return 2595.0 * log10(1.0 + hertz / 700.0);
}

/* Position of a bin in units of bands: 0 is the lower edge of band 0, whose centre is at 1. */
static double band_position(int bin)
{
    const double low = mel_of(LOGMEL_LOWEST_HZ), high = mel_of(LOGMEL_SAMPLE_RATE / 2.0);
    const double mel = mel_of((double)bin * LOGMEL_SAMPLE_RATE / LOGMEL_FFT);
    return (mel - low) / (high - low) * (LOGMEL_MELS + 1);
}

/* Periodic Hann window over the sum of its halves: a full-scale sine has power 1 at its bin. */
static double window(int n)
{
    const double sum = LOGMEL_WINDOW / 2.0;
    return (0.5 - 0.5 * cos(2.0 * pi * n / LOGMEL_WINDOW)) * 2.0 / sum;
}

static double cosine(int n)
{
    return cos(2.0 * pi * n / LOGMEL_FFT);
}

static double sine(int n)
{
    return sin(2.0 * pi * n / LOGMEL_FFT);
}

static double upper_weight(int n)
{
    const double position = band_position(n);
    return position - floor(position);
}

static void print_floats(const char *name, double (*value)(int), int from, int to)
{
    int n;
    printf("static const float %s[%d] = {\n", name, to - from);
    for (n = from; n < to; ++n) printf("    %.9ef,\n", value(n));
    printf("};\n\n");
}

static int first_bin(void)
{
    int bin = 1;
    while (band_position(bin) < 0.0) ++bin;
    return bin;
}

int main(void)
{
    const int first = first_bin(), last = LOGMEL_FFT / 2;
    int n;
    printf("/* Made by make_tables.c; do not edit. */\n");
    printf("#define LOGMEL_TABLE_FFT %d\n#define LOGMEL_TABLE_MELS %d\n", LOGMEL_FFT, LOGMEL_MELS);
    printf("#define LOGMEL_FIRST_BIN %d\n\n", first);
    print_floats("logmel_window", window, 0, LOGMEL_WINDOW);
    print_floats("logmel_cosine", cosine, 0, LOGMEL_FFT / 2);
    print_floats("logmel_sine", sine, 0, LOGMEL_FFT / 2);
    print_floats("logmel_upper_weight", upper_weight, first, last);
    printf("static const unsigned char logmel_upper_band[%d] = {\n", last - first);
    for (n = first; n < last; ++n) printf("    %d,\n", (int)floor(band_position(n)));
    printf("};\n");
    return 0;
}
