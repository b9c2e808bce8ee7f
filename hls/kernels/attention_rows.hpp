// What attention's processes pass on, and those that bring rows and queries and take results away.
#ifndef EDGE_HLS_ATTENTION_ROWS_HPP
#define EDGE_HLS_ATTENTION_ROWS_HPP

#include "attention_walk.hpp"
#include "half.hpp"
#include "stream.hpp"

namespace edge {

// What the two ports of an array bring in a cycle: 8 dimensions of each half of a head.
struct RowWord {
  word128 half[2];
};
struct Sixteen {
  float lane[16];
};
// Of Rates::QUERIES queries.
struct Scores {
  float score[Rates::QUERIES];
};
struct Weights {
  float kept[Rates::QUERIES];   // what the sums so far count from now on
  float added[Rates::QUERIES];  // what the row's value counts
};

// The queues between the processes; of rows one for each key head.
using Keys = stream<RowWord, Rates::KEYS_AHEAD>[Rates::HEADS];
using Values = stream<RowWord, Rates::VALUES_AHEAD>[Rates::HEADS];
static_assert(Rates::KEYS_AHEAD >= Rates::BY_TURNS && Rates::VALUES_AHEAD >= Rates::BY_TURNS,
              "else one head's words and the other's wait for each other");
using ScoreQueue = stream<Scores, 16>;
using ShareQueue = stream<Scores, Rates::MEMBERS>;
using WeightQueue = stream<Weights, 16>;
using MixedQueue = stream<Sixteen, 16>;

// The most that a pass has.
template <class Config> struct Most {
  static constexpr int QUERIES = Config::CHUNK * Rates::MEMBERS;
  static constexpr int BATCHES = QUERIES / Rates::QUERIES;
  static constexpr int STEPS = Config::MAX_HEAD_SIZE / 16;
  static_assert(Rates::HEADS * Rates::RECURRENCE <= BATCHES, "several heads have no more");
  static_assert(QUERIES <= 127 && STEPS <= 127, "Walk counts in 8 bits");
};

// Sixteen floats of a row's word.
inline Sixteen widened(const RowWord &word) {
#pragma HLS INLINE
  std::uint16_t half[16];
#pragma HLS ARRAY_PARTITION variable=half complete
  for (int l = 0; l < 8; ++l) {
#pragma HLS UNROLL
    half[l] = static_cast<std::uint16_t>(half_at(word.half[0], l));
    half[8 + l] = static_cast<std::uint16_t>(half_at(word.half[1], l));
  }
  Sixteen wide;
  for (int l = 0; l < 16; ++l) {
#pragma HLS UNROLL
    wide.lane[l] = from_half(half[l]);
  }
  return wide;
}

// The rows of a head lie one behind the other: its words come in bursts as long as may be, those of
// two heads by turns. rows * steps * heads cycles, and with two heads memory's latency each time.
template <int DEPTH>
void load_rows(const word128 *low, const word128 *high, Pass pass, int turn,
               stream<RowWord, DEPTH> (&rows)[Rates::HEADS]) {
  const int heads = pass.served(turn);
  const int words = pass.rows() * pass.steps;
  const int most = heads == 1 ? words : Rates::BY_TURNS;
  for (int first = 0; first < words; first += most) {
#pragma HLS LOOP_TRIPCOUNT max=128
    const int part = words - first < most ? words - first : most;
    for (int head = 0; head < heads; ++head) {
#pragma HLS LOOP_TRIPCOUNT max=2
      const std::uint32_t from = pass.layer_words +
                                 std::uint32_t(pass.first_head(turn) + head) * pass.head_words +
                                 std::uint32_t(first);
      for (int i = 0; i < part; ++i) {
#pragma HLS LOOP_TRIPCOUNT max=32768
#pragma HLS PIPELINE II=1
        RowWord word;
        word.half[0] = low[from + std::uint32_t(i)];
        word.half[1] = high[from + std::uint32_t(i)];
        if (head == 0) rows[0].write(word);
        else rows[1].write(word);
      }
    }
  }
}

// The next row's word of a head.
template <int DEPTH>
Sixteen next_word(stream<RowWord, DEPTH> (&rows)[Rates::HEADS], int head) {
#pragma HLS INLINE
  return widened(head == 0 ? rows[0].read() : rows[1].read());
}

// Which query a process has before it that takes a turn's one after the other, step by step.
struct Place {
  int head = 0, token = 0, member = 0, step = 0;

  // Among the queries of all heads of the turn.
  int query(const Pass &pass) const {
    return Rates::QUERIES * pass.batches() * head + token * pass.members + member;
  }
  // Of a token's queries: the first one of the lower half's 8.
  int dimension(const Pass &pass, int turn) const {
    return pass.first_dimension(pass.first_head(turn) + head) + 16 * pass.steps * member + 8 * step;
  }
  void next(const Pass &pass) {
#pragma HLS INLINE
    if (++step < pass.steps) return;
    step = 0;
    if (++member < pass.members) return;
    member = 0;
    if (++token < pass.tokens) return;
    token = 0;
    ++head;
  }
};

// The queries of a turn, in its order, as the keys come: 8 dimensions of each half of the head.
// queries * steps * 16 / VECTOR cycles.
template <class Config>
void load_queries(const float query[Config::CHUNK][Config::MAX_WIDTH], Pass pass, int turn,
                  Sixteen local[Most<Config>::QUERIES][Most<Config>::STEPS]) {
  Place at;
  for (int i = 0; i < pass.served(turn) * pass.queries() * pass.steps; ++i, at.next(pass)) {
#pragma HLS LOOP_TRIPCOUNT max=512
#pragma HLS PIPELINE II=4
    const int low = at.dimension(pass, turn);
    const int high = low + 8 * pass.steps;
    for (int l = 0; l < 8; ++l) {
#pragma HLS UNROLL
      local[at.query(pass)][at.step].lane[l] = query[at.token][low + l];
      local[at.query(pass)][at.step].lane[8 + l] = query[at.token][high + l];
    }
  }
}

// As load_queries, the other way.
template <class Config>
void store_mixed(Pass pass, int turn, MixedQueue &mixed,
                 float output[Config::CHUNK][Config::MAX_WIDTH]) {
  Place at;
  for (int i = 0; i < pass.served(turn) * pass.queries() * pass.steps; ++i, at.next(pass)) {
#pragma HLS LOOP_TRIPCOUNT max=512
#pragma HLS PIPELINE II=4
    const Sixteen word = mixed.read();
    const int low = at.dimension(pass, turn);
    const int high = low + 8 * pass.steps;
    for (int l = 0; l < 8; ++l) {
#pragma HLS UNROLL
      output[at.token][low + l] = word.lane[l];
      output[at.token][high + l] = word.lane[8 + l];
    }
  }
}

}  // namespace edge

#endif
