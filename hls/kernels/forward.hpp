// A forward pass: chunks of tokens through all layers. A layer is a walk over its seven matrices,
// so that there is one matmul and one attention in the hardware.
#ifndef EDGE_HLS_FORWARD_HPP
#define EDGE_HLS_FORWARD_HPP

#include "attention.hpp"
#include "layer.hpp"
#include "memory.hpp"
#include "substitute.hpp"

namespace edge {

// Whether new codes are made for a matrix; the others take those of the one before.
inline bool begins(int matrix) {
  return matrix == QUERY || matrix == OUTPUT || matrix == GATE || matrix == DOWN;
}

// Where the layer's parameters have the weights of the norm before a matrix, and the scales.
inline int norm_place(const Call &call, int matrix) {
  const int hidden = static_cast<int>(call.hidden);
  if (matrix == QUERY) return 0;
  if (matrix == OUTPUT) return hidden;
  return hidden + call.width() + (matrix == DOWN ? hidden : 0);
}
inline int scales_place(const Call &call) {
  return norm_place(call, DOWN) + static_cast<int>(call.intermediate);
}
inline std::uint64_t layer_words(const Call &call) {
  return static_cast<std::uint64_t>((scales_place(call) + 16) / WORD_FLOATS);
}

// Where a layer stands in the cache.
inline AttentionShape attention_shape(const Call &call, std::uint32_t layer, int start,
                                      int tokens) {
  const std::uint32_t row_words = call.head_size / 16;
  return AttentionShape{static_cast<int>(call.heads),
                        static_cast<int>(call.kv_heads),
                        static_cast<int>(call.head_size),
                        static_cast<int>(call.context),
                        start,
                        tokens,
                        layer * call.kv_heads * call.context * row_words};
}

// The matmul of one matrix; `place`: its first word at each port. Returns a status.
template <typename C>
std::uint32_t multiply(const word128 *port0, const word128 *port1, const word128 *port2,
                       const word128 *port3, std::uint64_t place, int rows, int tiles, int tokens,
                       Work<C> &work) {
#ifndef __SYNTHESIS__
  if (substitute.function != nullptr) {
    const word128 *ports[] = {port0 + place, port1 + place, port2 + place, port3 + place};
    return matmul_elsewhere<C>(ports, rows, tiles, tokens, work.codes, work.sums);
  }
#endif
  matmul<C>(port0 + place, port1 + place, port2 + place, port3 + place, rows, tiles, tokens,
            work.codes, work.sums);
  return EDGE_STATUS_DONE;
}

// Keys and values to the cache, then what the queries find there, into work.key.
template <typename C>
void attend_chunk(const AttentionShape &shape, word128 *keys_0, word128 *keys_1, word128 *values_0,
                  word128 *values_1, Work<C> &work) {
  store_rows<C>(work.key, shape, keys_0, keys_1);
  store_rows<C>(work.value, shape, values_0, values_1);
  attention<C>(work.query, shape, keys_0, keys_1, values_0, values_1, work.key);
}

// Embeddings and rotations of a chunk's tokens.
template <typename C>
void load_chunk(const Call &call, std::uint32_t first, int tokens, const word128 *states,
                const word128 *rotations, Work<C> &work) {
  const std::uint64_t state_words = call.hidden / WORD_FLOATS;
  const std::uint64_t rotation_words = call.head_size / WORD_FLOATS;
  for (int token = 0; token < tokens; token++) {
#pragma HLS LOOP_TRIPCOUNT min=1 max=8
    load_floats<C::MAX_HIDDEN>(states + (first + token) * state_words,
                               static_cast<int>(call.hidden), work.hidden[token]);
    load_floats<C::MAX_HEAD_SIZE>(rotations + (call.start + first + token) * rotation_words,
                                  static_cast<int>(call.head_size), work.rotations[token]);
  }
}

// The final state of a token, which is in work.row, and its logits where they are wanted.
template <typename C>
void conclude(const Call &call, std::uint32_t number, float step, const word128 *head_0,
              const word128 *head_1, const word128 *head_2, const word128 *head_3,
              const word128 *head_scales, word128 *states, word128 *logits, Work<C> &work) {
  const int hidden = static_cast<int>(call.hidden);
  const std::uint64_t state_words = call.hidden / WORD_FLOATS;
  store_floats<C::MAX_ROWS>(work.row, hidden, states + number * state_words);
  if (!call.head() || number < call.logits_from) return;
  const std::uint64_t logit_words = (std::uint64_t(call.vocabulary) + 15) / 16 * 4;
  head<C>(head_0, head_1, head_2, head_3, head_scales, work.wide, step, call.vocabulary, hidden,
          logits + (number - call.logits_from) * logit_words);
}

// A chunk's tokens through one layer; `place` goes on over its weights. The norm after the last
// layer is where the first one of another layer would be: it goes through here too, as layer
// `layers`, so that one unit makes all norms and codes. Returns a status.
template <typename C>
std::uint32_t run_layer(const Call &call, std::uint32_t layer, std::uint32_t first, int tokens,
                        std::uint64_t &place, const word128 *weights_0, const word128 *weights_1,
                        const word128 *weights_2, const word128 *weights_3,
                        const word128 *parameters, word128 *keys_0, word128 *keys_1,
                        word128 *values_0, word128 *values_1, const word128 *head_0,
                        const word128 *head_1, const word128 *head_2, const word128 *head_3,
                        const word128 *head_scales, word128 *states, word128 *logits,
                        Work<C> &work) {
  const bool final = layer == call.layers;
  const std::uint64_t own = layer * layer_words(call);
  const AttentionShape shape =
      attention_shape(call, layer, static_cast<int>(call.start + first), tokens);
  if (!final) {
    load_floats<16>(parameters + own + scales_place(call) / WORD_FLOATS, 16, work.scales);
  }
  for (int matrix = 0; matrix < MATRICES; matrix++) {
    if (begins(matrix)) {
      load_floats<C::MAX_ROWS>(parameters + own + norm_place(call, matrix) / WORD_FLOATS,
                               inputs_of(call, matrix), work.weights);
      for (int token = 0; token < tokens; token++) {
#pragma HLS LOOP_TRIPCOUNT min=1 max=8
        prepare<C>(call, matrix, final, token, work);
        if (final) {
          conclude<C>(call, first + static_cast<std::uint32_t>(token), work.step[token], head_0,
                      head_1, head_2, head_3, head_scales, states, logits, work);
        }
      }
    }
    if (final) break;
    const int rows = rows_of(call, matrix);
    const int tiles = tiles_of<C>(call, matrix);
    const std::uint32_t status = multiply<C>(weights_0, weights_1, weights_2, weights_3, place,
                                             rows, tiles, tokens, work);
    if (status != EDGE_STATUS_DONE) return status;
    place += static_cast<std::uint64_t>(port_words<C>(rows, tiles));
    for (int token = 0; token < tokens; token++) {
#pragma HLS LOOP_TRIPCOUNT min=1 max=8
      finish<C>(call, matrix, token, work);
    }
    if (matrix == VALUE) attend_chunk<C>(shape, keys_0, keys_1, values_0, values_1, work);
  }
  return EDGE_STATUS_DONE;
}

}  // namespace edge

#endif
