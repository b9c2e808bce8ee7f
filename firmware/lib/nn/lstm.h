/* UNIDIRECTIONAL_SEQUENCE_LSTM in whole numbers: int8 in and out, an int16 cell.
 *
 * Four gates in this order: input, forget, cell, output. Weights are [gate][cell][number]; their
 * biases hold what the other side's zero point adds. */
#ifndef EDGESDK_NN_LSTM_H
#define EDGESDK_NN_LSTM_H

#include "kernel.h"

/* cffi:begin */
struct edge_lstm {
    uint32_t input;        /* arena: int8[batches, times, inputs], or times first */
    uint32_t output;       /* arena: int8, likewise, [cells] last */
    uint32_t output_state; /* arena: int8[batches, cells], kept from run to run */
    uint32_t cell_state;   /* arena: int16[batches, cells], likewise */
    uint32_t scratch;      /* arena: int16[4, cells] */
    uint32_t batches;
    uint32_t times;
    uint32_t inputs;
    uint32_t cells;
    uint32_t time_major;
    uint32_t input_weights;     /* constants: int8[4, cells, inputs] */
    uint32_t recurrent_weights; /* constants: int8[4, cells, cells] */
    uint32_t input_bias;        /* constants: int32[4, cells] */
    uint32_t recurrent_bias;    /* constants: int32[4, cells] */
    int32_t input_multiplier[4];
    int32_t input_shift[4];
    int32_t recurrent_multiplier[4];
    int32_t recurrent_shift[4];
    uint32_t cell_bits;  /* bits of the cell before the point: 0 to 6 */
    int32_t cell_most;   /* the cell is clipped to this size */
    int32_t output_multiplier;
    int32_t output_shift;
    int32_t output_zero;
};

bool edge_lstm_check(const struct edge_lstm *record, const struct edge_limits *limits);
void edge_lstm(const struct edge_lstm *record, const struct edge_memory *memory);
/* cffi:end */

#endif
