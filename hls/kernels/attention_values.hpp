// Attention's results: the weighted values.
#ifndef EDGE_HLS_ATTENTION_VALUES_HPP
#define EDGE_HLS_ATTENTION_VALUES_HPP

#include "attention_rows.hpp"
#include "units.hpp"

namespace edge {

// sum * kept + value * added, 16 dimensions: 32 mul, 16 add.
inline void accumulate(Sixteen &sum, float kept, const Sixteen &value, float added, bool first) {
#pragma HLS INLINE
  for (int l = 0; l < 16; ++l) {
#pragma HLS UNROLL
    const float before = first ? 0.0f : sum.lane[l];
    sum.lane[l] = add(mul(before, kept), mul(value.lane[l], added));
  }
}

// What is left to do after the last row, query after query: queries * steps cycles. 16 mul.
template <class Config>
void write_mixed(Pass pass, int heads,
                 const Sixteen sums[Most<Config>::BATCHES][Most<Config>::STEPS][Rates::QUERIES],
                 ShareQueue &shares, MixedQueue &mixed) {
#pragma HLS INLINE
  Scores share = {};
  int first = 0, q = 0, step = 0;  // batch of the head; query of it; step
  for (int i = 0; i < heads * pass.queries() * pass.steps; ++i) {
#pragma HLS LOOP_TRIPCOUNT max=512
#pragma HLS PIPELINE II=1
    const int lane = q % Rates::QUERIES;
    if (lane == 0 && step == 0) share = shares.read();
    Sixteen result;
    for (int d = 0; d < 16; ++d) {
#pragma HLS UNROLL
      result.lane[d] = mul(sums[first + q / Rates::QUERIES][step][lane].lane[d], share.score[lane]);
    }
    mixed.write(result);
    if (++step == pass.steps) {
      step = 0;
      ++q;
    }
    if (q == pass.queries()) {
      q = 0;
      first += pass.batches();
    }
  }
}

// The weighted values, divided by the sums of the weights: Walk::slots cycles, then those above.
template <class Config>
void mix_values(Pass pass, int turn, Values &values, WeightQueue &weights, ShareQueue &shares,
                MixedQueue &mixed) {
  static_assert(Rates::RECURRENCE == 16, "the distance below");
  Sixteen row[Most<Config>::STEPS];  // of values, kept for the other queries
#pragma HLS ARRAY_PARTITION variable=row complete
  Sixteen sums[Most<Config>::BATCHES][Most<Config>::STEPS][Rates::QUERIES];
#pragma HLS AGGREGATE variable=sums
#pragma HLS ARRAY_PARTITION variable=sums complete dim=3
#pragma HLS BIND_STORAGE variable=sums type=ram_s2p impl=bram latency=2
  Weights weight = {};
  const int heads = pass.served(turn);
  Walk walk(pass, heads);
  const int slots = Walk::slots(pass, heads);
  for (int slot = 0; slot < slots; ++slot, walk.next()) {
#pragma HLS LOOP_TRIPCOUNT max=262144
#pragma HLS PIPELINE II=1
// A sum is touched once in a row of the cache, and a row takes RECURRENCE slots or more.
#pragma HLS DEPENDENCE variable=sums inter RAW distance=16 true
    if (!walk.works()) continue;
    if (walk.first_batch()) row[walk.step()] = next_word(values, walk.head());
    if (walk.step() == 0) weight = weights.read();
    for (int l = 0; l < Rates::QUERIES; ++l) {
#pragma HLS UNROLL
      if (!walk.sees(Rates::QUERIES * walk.batch() + l)) continue;
      accumulate(sums[walk.place()][walk.step()][l], weight.kept[l], row[walk.step()],
                 weight.added[l], walk.row() == 0);
    }
  }
  write_mixed<Config>(pass, heads, sums, shares, mixed);
}

}  // namespace edge

#endif
