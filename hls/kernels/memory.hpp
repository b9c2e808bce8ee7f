// Floats between memory and the chip, four to a word.
#ifndef EDGE_HLS_MEMORY_HPP
#define EDGE_HLS_MEMORY_HPP

#include "types.hpp"

namespace edge {

constexpr int WORD_FLOATS = 4;

// n / 4 cycles + the memory's latency; n is a multiple of 4.
template <int MAX> void load_floats(const word128 *from, int n, float to[MAX]) {
  for (int i = 0; i < n / WORD_FLOATS; i++) {
#pragma HLS LOOP_TRIPCOUNT max=MAX/4
#pragma HLS PIPELINE II=1
    const word128 word = from[i];
    for (int lane = 0; lane < WORD_FLOATS; lane++) {
#pragma HLS UNROLL
      to[WORD_FLOATS * i + lane] = float_at(word, lane);
    }
  }
}

// n / 4 cycles + the memory's latency; n is a multiple of 4.
template <int MAX> void store_floats(const float from[MAX], int n, word128 *to) {
  for (int i = 0; i < n / WORD_FLOATS; i++) {
#pragma HLS LOOP_TRIPCOUNT max=MAX/4
#pragma HLS PIPELINE II=1
    word128 word = 0;
    for (int lane = 0; lane < WORD_FLOATS; lane++) {
#pragma HLS UNROLL
      set_float_at(word, lane, from[WORD_FLOATS * i + lane]);
    }
    to[i] = word;
  }
}

}  // namespace edge

#endif
