// What stands around the matmuls of a layer: norms and quantisation before, RoPE, activation and
// the residual stream after. Each function is for one token.
#ifndef EDGE_HLS_LAYER_HPP
#define EDGE_HLS_LAYER_HPP

#include "activation.hpp"
#include "call.hpp"
#include "norm.hpp"
#include "rope.hpp"
#include "work.hpp"

namespace edge {

// The norm before a matrix, or none, and the codes of its result, which stays in work.row.
// `final`: it is the one after the last layer, and the codes are the head's.
// Cycles: those of take_row, scale_row and make_codes.
template <typename C>
void prepare(const Call &call, int matrix, bool final, int token, Work<C> &work) {
  const int n = inputs_of(call, matrix);
  const bool weighted = call.sub_norms() || matrix == QUERY || matrix == GATE;
  Source source = RESIDUAL;
  float inverse = call.inverse_hidden;
  if (matrix == OUTPUT) {
    source = FOUND;
    inverse = call.inverse_width;
  } else if (matrix == DOWN) {
    source = ACTIVATED;
    inverse = call.inverse_intermediate;
  }
  const float square = take_row<C>(work.hidden[token], work.key[token], work.gated[token], source,
                                   n, weighted, work.row);
  const float largest = scale_row<C::MAX_ROWS>(work.row, work.weights, n, weighted, square,
                                               call.epsilon, inverse);
  work.step[token] = make_codes<C>(work.row, n, largest, final, work.codes[token], work.wide);
}

// A token's sums of a matrix become floats, where they belong: queries and keys turned, results of
// the last matrices added to the residual stream. `turned`: what RoPE multiplies by.
// rows / VECTOR cycles + about 40.
template <typename C>
void place_rows(const sums_t<C> &sums, int token, int matrix, int rows, float scale, float turned,
                int head_size, const float rotations[C::MAX_HEAD_SIZE], float query[C::MAX_WIDTH],
                float key[C::MAX_WIDTH], float value[C::MAX_WIDTH],
                float gated[C::MAX_INTERMEDIATE], float hidden[C::MAX_HIDDEN]) {
  int place = 0;  // in the head
  for (int first = 0; first < rows; first += Rates::VECTOR) {
#pragma HLS LOOP_TRIPCOUNT min=4 max=1728
#pragma HLS PIPELINE II=1
// Every element is read and written once.
#pragma HLS DEPENDENCE variable=hidden inter false
    float y[Rates::VECTOR], rotation[Rates::VECTOR];
#pragma HLS ARRAY_PARTITION variable=y complete
#pragma HLS ARRAY_PARTITION variable=rotation complete
    for (int l = 0; l < Rates::VECTOR; l++) {
#pragma HLS UNROLL
      y[l] = mul(from_int(static_cast<std::int32_t>(sums[first + l][token])), scale);
      rotation[l] = rotations[place + l];
    }
    if (matrix == QUERY || matrix == KEY) turn(y, rotation, turned);
    place = place + Rates::VECTOR == head_size ? 0 : place + Rates::VECTOR;
    for (int l = 0; l < Rates::VECTOR; l++) {
#pragma HLS UNROLL
      if (matrix == QUERY) query[first + l] = y[l];
      else if (matrix == KEY) key[first + l] = y[l];
      else if (matrix == VALUE) value[first + l] = y[l];
      else if (matrix == GATE) gated[first + l] = y[l];
      else hidden[first + l] = add(hidden[first + l], y[l]);
    }
  }
}

// activation(gate) * up, in the place of gate; up comes as sums.
// rows / ACTIVATION cycles + about 200.
template <typename C>
void activate(const sums_t<C> &sums, int token, int rows, float scale, bool relu_squared,
              float gated[C::MAX_INTERMEDIATE]) {
  static_assert(Rates::VECTOR / Rates::ACTIVATION == 4, "the interval below");
  for (int first = 0; first < rows; first += Rates::VECTOR) {
#pragma HLS LOOP_TRIPCOUNT min=4 max=1728
#pragma HLS PIPELINE II=4
// Every element is read and written once.
#pragma HLS DEPENDENCE variable=gated inter false
    for (int l = 0; l < Rates::VECTOR; l++) {
#pragma HLS UNROLL
      const float up = mul(from_int(static_cast<std::int32_t>(sums[first + l][token])), scale);
      gated[first + l] = activated(gated[first + l], up, relu_squared);
    }
  }
}

// What becomes of a matrix's sums: place_rows, or for up activate.
template <typename C> void finish(const Call &call, int matrix, int token, Work<C> &work) {
  const int rows = rows_of(call, matrix);
  const float scale = mul(work.step[token], work.scales[matrix]);
  if (matrix == UP) {
    activate<C>(work.sums, token, rows, scale, call.relu_squared(), work.gated[token]);
    return;
  }
  const float turned = matrix == QUERY ? call.attention_scale : 1.0f;
  place_rows<C>(work.sums, token, matrix, rows, scale, turned, static_cast<int>(call.head_size),
                work.rotations[token], work.query[token], work.key[token], work.value[token],
                work.gated[token], work.hidden[token]);
}

}  // namespace edge

#endif
