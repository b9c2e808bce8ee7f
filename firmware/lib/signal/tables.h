/* Constant tables of the signal kernels; tools/make_signal_tables.py writes tables.c. Internal. */
#ifndef SIGNAL_TABLES_H
#define SIGNAL_TABLES_H

#include <stdint.h>

#include "signal_operators.h"

/* 65536 * (log2(1 + i / 128) - i / 128), rounded. */
extern const uint16_t signal_log2_table[129];

/* 32767 * sin(2 pi i / SIGNAL_RFFT_LONGEST), rounded: a quarter of a wave. */
extern const int16_t signal_sine_table[SIGNAL_RFFT_LONGEST / 4 + 1];

#endif
