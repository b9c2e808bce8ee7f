#include "lstm.h"

#include "curves16.h"
#include "fixed_point.h"

enum { INPUT, FORGET, CELL, OUTPUT, GATES };
enum { LARGEST = 65535 }; /* of any size, so that no product of three leaves 64 bits */

static bool sizes_fit(const struct edge_lstm *r) {
    if (r->batches < 1 || r->times < 1 || r->inputs < 1 || r->cells < 1) return false;
    return r->batches <= LARGEST && r->times <= LARGEST && r->inputs <= LARGEST &&
           r->cells <= LARGEST && r->cell_bits <= 6 && r->cell_most >= 0 &&
           r->cell_most <= -INT16_MIN && edge_shift_fits(r->output_shift);
}

static bool constants_fit(const struct edge_lstm *r, uint32_t space) {
    uint64_t cells = (uint64_t)GATES * r->cells;
    for (int gate = 0; gate < GATES; gate++)
        if (!edge_shift_fits(r->input_shift[gate]) || !edge_shift_fits(r->recurrent_shift[gate]))
            return false;
    return edge_inside(r->input_weights, cells * r->inputs, 1, space) &&
           edge_inside(r->recurrent_weights, cells * r->cells, 1, space) &&
           edge_inside(r->input_bias, cells, 4, space) &&
           edge_inside(r->recurrent_bias, cells, 4, space);
}

bool edge_lstm_check(const struct edge_lstm *record, const struct edge_limits *limits) {
    if (!sizes_fit(record) || !constants_fit(record, limits->constants)) return false;
    uint64_t steps = (uint64_t)record->batches * record->times;
    uint64_t cells = (uint64_t)record->batches * record->cells;
    return edge_inside(record->input, steps * record->inputs, 1, limits->arena) &&
           edge_inside(record->output, steps * record->cells, 1, limits->arena) &&
           edge_inside(record->output_state, cells, 1, limits->arena) &&
           edge_inside(record->cell_state, cells, 2, limits->arena) &&
           edge_inside(record->scratch, (uint64_t)GATES * record->cells, 2, limits->arena);
}

/* Where one batch's part of everything lies. */
struct batch {
    const int8_t *input;
    int8_t *output, *output_state;
    int16_t *cell_state, *gates;
    const int8_t *input_weights, *recurrent_weights;
    const int32_t *input_bias, *recurrent_bias;
};

static int32_t dot(const int8_t *weights, const int8_t *numbers, uint32_t count, int32_t sum) {
    for (; count >= 4; count -= 4, weights += 4, numbers += 4) {
        uint32_t four = edge_word(weights), other = edge_word(numbers);
        sum = edge_smlad(edge_sxtb16(four), edge_sxtb16(other), sum);
        sum = edge_smlad(edge_sxtb16_odd(four), edge_sxtb16_odd(other), sum);
    }
    for (; count > 0; count--) sum = edge_sum(sum, *weights++ * *numbers++);
    return sum;
}

static int32_t clipped(int32_t x) { return edge_clamped(x, INT16_MIN, INT16_MAX); }

static void calculate_gate(const struct edge_lstm *r, const struct batch *b, uint32_t gate) {
    int16_t *result = b->gates + gate * r->cells;
    for (uint32_t cell = 0; cell < r->cells; cell++) {
        uint32_t row = gate * r->cells + cell;
        int32_t x = dot(b->input_weights + row * r->inputs, b->input, r->inputs,
                        b->input_bias[row]);
        int32_t y = dot(b->recurrent_weights + row * r->cells, b->output_state, r->cells,
                        b->recurrent_bias[row]);
        x = clipped(edge_scaled(x, r->input_multiplier[gate], r->input_shift[gate]));
        y = edge_scaled(y, r->recurrent_multiplier[gate], r->recurrent_shift[gate]);
        x = clipped(edge_sum(x, y));
        result[cell] = (int16_t)(gate == CELL ? edge_tanh16(x, 3) : edge_logistic16(x));
    }
}

/* cell = forget * cell + input * gate. */
static int32_t next_cell(const struct edge_lstm *r, const struct batch *b, uint32_t cell) {
    int32_t kept = b->gates[FORGET * r->cells + cell] * b->cell_state[cell];
    int32_t added = b->gates[INPUT * r->cells + cell] * b->gates[CELL * r->cells + cell];
    kept = (int16_t)edge_divide_power(kept, 15);
    added = (int16_t)edge_divide_power(added, 15 + (int32_t)r->cell_bits);
    return edge_clamped(clipped(kept + added), -r->cell_most, r->cell_most);
}

static void step(const struct edge_lstm *r, const struct batch *b) {
    for (uint32_t gate = 0; gate < GATES; gate++) calculate_gate(r, b, gate);
    for (uint32_t cell = 0; cell < r->cells; cell++) {
        int32_t value = next_cell(r, b, cell);
        b->cell_state[cell] = (int16_t)value;
        value = edge_tanh16(value, r->cell_bits) * b->gates[OUTPUT * r->cells + cell];
        value = edge_scaled(value, r->output_multiplier, r->output_shift);
        value = edge_clamped(edge_sum(value, r->output_zero), INT8_MIN, INT8_MAX);
        b->output_state[cell] = b->output[cell] = (int8_t)value;
    }
}

static struct batch batch_at(const struct edge_lstm *r, const struct edge_memory *memory,
                             uint32_t index, uint32_t time) {
    uint32_t place = r->time_major != 0 ? time * r->batches + index : index * r->times + time;
    int8_t *arena = (int8_t *)memory->arena;
    const int8_t *constants = (const int8_t *)memory->constants;
    return (struct batch){
        .input = arena + r->input + place * r->inputs,
        .output = arena + r->output + place * r->cells,
        .output_state = arena + r->output_state + index * r->cells,
        .cell_state = (int16_t *)(void *)(arena + r->cell_state) + index * r->cells,
        .gates = (int16_t *)(void *)(arena + r->scratch),
        .input_weights = constants + r->input_weights,
        .recurrent_weights = constants + r->recurrent_weights,
        .input_bias = (const int32_t *)(const void *)(constants + r->input_bias),
        .recurrent_bias = (const int32_t *)(const void *)(constants + r->recurrent_bias),
    };
}

void edge_lstm(const struct edge_lstm *record, const struct edge_memory *memory) {
    const struct edge_lstm copy = *record;
    for (uint32_t index = 0; index < copy.batches; index++)
        for (uint32_t time = 0; time < copy.times; time++) {
            const struct batch batch = batch_at(&copy, memory, index, time);
            step(&copy, &batch);
        }
}
