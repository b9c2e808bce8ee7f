// Attention of a chunk of tokens, decode and prefill alike: each key head's rows of keys and values
// come from memory once and serve all query heads of the group and all tokens, Rates::MEMBERS heads
// of them; online softmax; a token sees the rows up to its own.
//
// Where a token comes alone, and has so few queries of a key head that rows would be padded, two
// heads are served at once. Cycles: for each turn Walk::slots, that is for each row of the cache
//   max(heads * ceil(members * tokens that see it / QUERIES) * head_size / 16, RECURRENCE),
// and heads * members * tokens * head_size / 16 to write its sums; loading its queries, heads *
// members * tokens * head_size / VECTOR, goes on beside the turn before. About 500 once, to fill
// the pipelines. The words of two heads take memory's latency once more for each BY_TURNS of them.
#ifndef EDGE_HLS_ATTENTION_HPP
#define EDGE_HLS_ATTENTION_HPP

#include "attention_scores.hpp"
#include "attention_values.hpp"

namespace edge {

struct AttentionShape {
  int heads;      // at most 255
  int kv_heads;   // divides heads
  int head_size;  // a multiple of 16
  int context;    // rows of a head in the cache
  int start;      // position of the first token
  int tokens;     // 1 to CHUNK
  // Of the layer: the word of its first row in each of the four arrays.
  std::uint32_t layer_words;
};

// Eight floats from x[first] on as the halves of a word.
template <int MAX> word128 narrowed(const float x[MAX], int first) {
#pragma HLS INLINE
  word128 word = {};
  for (int l = 0; l < 8; ++l) {
#pragma HLS UNROLL
    set_half_at(word, l, uint_t<16>(to_half(x[first + l])));
  }
  return word;
}

// The tokens' keys, or values, become the cache's rows from `start` on: a burst for each head.
// tokens * kv_heads * head_size / VECTOR cycles + about 60 for each head. Not inlined: what comes
// after it reads these rows, and has to wait for the last burst's answer.
template <class Config>
void store_rows(const float x[Config::CHUNK][Config::MAX_WIDTH], const AttentionShape &shape,
                word128 *low, word128 *high) {
#pragma HLS INLINE off
  const int words = shape.head_size / 16;
  for (int head = 0; head < shape.kv_heads; ++head) {
#pragma HLS LOOP_TRIPCOUNT max=32
    const std::uint32_t row = std::uint32_t(head) * std::uint32_t(shape.context);
    const std::uint32_t first =
        shape.layer_words + (row + std::uint32_t(shape.start)) * std::uint32_t(words);
    int token = 0, word = 0;
    for (int i = 0; i < shape.tokens * words; ++i) {
#pragma HLS LOOP_TRIPCOUNT max=64
#pragma HLS PIPELINE II=4
      const int from = head * shape.head_size + 8 * word;
      low[first + std::uint32_t(i)] = narrowed<Config::MAX_WIDTH>(x[token], from);
      high[first + std::uint32_t(i)] =
          narrowed<Config::MAX_WIDTH>(x[token], from + shape.head_size / 2);
      if (++word == words) {
        word = 0;
        ++token;
      }
    }
  }
}

// All key heads of a pass. The processes of a turn run side by side, and each goes on to the next
// turn by itself.
template <class Config>
void attend_heads(const float query[Config::CHUNK][Config::MAX_WIDTH], Pass pass, int turns,
                  const word128 *keys_0, const word128 *keys_1, const word128 *values_0,
                  const word128 *values_1, float output[Config::CHUNK][Config::MAX_WIDTH]) {
  for (int turn = 0; turn < turns; ++turn) {
#pragma HLS LOOP_TRIPCOUNT max=32
#pragma HLS DATAFLOW
    static_assert(Rates::QUERIES == 1, "else the first dimension of `local` needs as many banks");
    Sixteen local[Most<Config>::QUERIES][Most<Config>::STEPS];
#pragma HLS AGGREGATE variable=local
#pragma HLS BIND_STORAGE variable=local type=ram_s2p impl=bram
    Keys keys;
    Values values;
    ScoreQueue scores;
    WeightQueue weights;
    ShareQueue shares;
    MixedQueue mixed;
    load_queries<Config>(query, pass, turn, local);
    load_rows(keys_0, keys_1, pass, turn, keys);
    load_rows(values_0, values_1, pass, turn, values);
    make_scores<Config>(pass, turn, local, keys, scores);
    make_weights<Config>(pass, turn, scores, weights, shares);
    mix_values<Config>(pass, turn, values, weights, shares, mixed);
    store_mixed<Config>(pass, turn, mixed, output);
  }
}

// `query` is rotated and scaled; the tokens' own keys and values are in the cache already.
template <class Config>
void attention(const float query[Config::CHUNK][Config::MAX_WIDTH], const AttentionShape &shape,
               const word128 *keys_0, const word128 *keys_1, const word128 *values_0,
               const word128 *values_1, float output[Config::CHUNK][Config::MAX_WIDTH]) {
  static_assert(Config::MAX_WIDTH / 16 <= 255, "the heads of a layer are counted in 8 bits");
  // lint allows division: one divider of 8 bits, used once in a layer
  const int group = static_cast<int>(uint_t<8>(shape.heads) / uint_t<8>(shape.kv_heads));
  const int steps = shape.head_size / 16;
  for (int member = 0; member < group; member += Rates::MEMBERS) {
#pragma HLS LOOP_TRIPCOUNT max=4
    const int members = group - member < Rates::MEMBERS ? group - member : Rates::MEMBERS;
    Pass pass = {shape.start, shape.tokens, group, member, members, steps, shape.kv_heads, 1,
                 shape.layer_words, std::uint32_t(shape.context) * std::uint32_t(steps)};
    // Of several tokens fewer and fewer queries see a row, and the second head would move forward.
    const bool few = shape.tokens == 1 && pass.batches() * steps < Rates::RECURRENCE;
    if (few) pass.together = Rates::HEADS;
    const int turns = pass.together == 1 ? pass.heads : (pass.heads + 1) / 2;
    attend_heads<Config>(query, pass, turns, keys_0, keys_1, values_0, values_1, output);
  }
}

}  // namespace edge

#endif
