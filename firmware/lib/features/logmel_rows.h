/* Log-mel rows in fixed point: a window of samples gives one row of int8, the input of a model.
 *
 * They are the rows of logmel.h in whole numbers: Hann window, spectrum, triangles evenly spaced on
 * the mel scale, the logarithm of each one's energy with a floor under it, and then the scale and
 * zero point of the model's input. The same bits on every device.
 *
 * Settings and tables are a part of a sensing program. It comes from outside, so edge_logmel_check
 * proves once that no row can be computed out of bounds, whatever the bytes are.
 * edgesdk/sensing/logmel_rows.py makes it.
 */
#ifndef EDGESDK_FEATURES_LOGMEL_ROWS_H
#define EDGESDK_FEATURES_LOGMEL_ROWS_H

#include <stdint.h>

/* cffi:begin */
#define EDGE_LOGMEL_FORMAT 1
#define EDGE_LOGMEL_WEIGHT_BITS 15
#define EDGE_LOGMEL_GAIN_BITS 20

/* How a part begins. Behind it lie, little-endian and without gaps:
 *     int32_t  quarter_sine[window / 4 + 1]  of fft.h
 *     uint16_t counts[mels + 1]              bins before the first band's centre, then from each to
 *                                            the next, then from the last one's
 *     uint16_t weights[bins]                 Q15: where a bin lies between the two: 0 to 1, with
 *                                            EDGE_LOGMEL_WEIGHT_BITS fraction bits
 * A bin gives its weight of its energy to the band above it, and the rest to the band below it.
 *
 * Energies are |FFT(window * samples)|^2 / 2^edge_logmel_unit(window), and band m of a row is
 *     zero + round((log2(floor + energy) - offset) * gain)                 kept within int8 */
struct edge_logmel_part {
    uint32_t format;    /* EDGE_LOGMEL_FORMAT */
    uint32_t rate;      /* samples a second */
    uint32_t window;    /* samples that a row looks at; a length of fft.h */
    uint32_t hop;       /* samples from the start of one row's window to the next */
    uint32_t mels;      /* bands */
    uint32_t first_bin; /* of the spectrum, that a band hears */
    uint32_t bins;      /* that bands hear */
    uint32_t floor;     /* energy */
    int32_t offset;     /* with EDGE_LOG2_BITS fraction bits, +-2^30 */
    int32_t gain;       /* steps an octave, EDGE_LOGMEL_GAIN_BITS fraction bits, below 2^30 */
    int32_t zero;       /* of the model's input */
    uint32_t reserved;  /* 0 */
};

/* A checked part. Valid as long as the content stays where it is. */
struct edge_logmel {
    uint32_t window;  /* samples that a row looks at */
    uint32_t hop;     /* samples from the start of one row's window to the next, at most `window` */
    uint32_t mels;    /* numbers of a row */
    uint32_t scratch; /* bytes that a row needs while it is computed, at a multiple of 16 */
    const struct edge_logmel_part *part;
    const int32_t *quarter_sine;
    const uint16_t *counts, *weights;
};

/* Reads a program's part; `content` is at a multiple of 16. 0: refused. */
int edge_logmel_check(const uint8_t *content, uint32_t bytes, struct edge_logmel *out);

/* The exponent of a unit of energy: the loudest window has at most 3 * 2^46 of them. */
int32_t edge_logmel_unit(uint32_t window);

/* window[settings->window] -> row[settings->mels]. */
void edge_logmel_row(const struct edge_logmel *settings, const int16_t *window, int8_t *row,
                     void *scratch);
/* cffi:end */

#endif
