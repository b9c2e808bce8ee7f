#include "../board.h"

const struct edge_layout edge_layout = {
    .record = {EDGE_RECORD_0, EDGE_RECORD_1},
    .slot = {{EDGE_FIRMWARE_0, EDGE_FIRMWARE_1}, {EDGE_MODEL_0, EDGE_MODEL_1}},
    .slot_size = {EDGE_FIRMWARE_BYTES, EDGE_MODEL_BYTES},
    .load_address = EDGE_LOAD_ADDRESS,
    .load_size = EDGE_LOAD_BYTES,
    .board = EDGE_BOARD,
    .target = EDGE_TARGET,
};
