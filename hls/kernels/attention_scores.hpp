// Attention's scores, and the softmax of them while they come.
#ifndef EDGE_HLS_ATTENTION_SCORES_HPP
#define EDGE_HLS_ATTENTION_SCORES_HPP

#include "attention_rows.hpp"
#include "sums.hpp"
#include "units.hpp"

namespace edge {

// One step of a score: 16 products and their tree. 16 mul, 15 add.
inline float product_of_step(const Sixteen &query, const Sixteen &key) {
#pragma HLS INLINE
  float product[16];
#pragma HLS ARRAY_PARTITION variable=product complete
  for (int l = 0; l < 16; ++l) {
#pragma HLS UNROLL
    product[l] = mul(query.lane[l], key.lane[l]);
  }
  return tree(product);
}

// Scores, in the order of the walk: Walk::slots cycles. The steps' sums of a query wait until the
// last has come and then go through a chain of adders, so that nothing is added to twice.
template <class Config>
void make_scores(Pass pass, int turn,
                 const Sixteen query[Most<Config>::QUERIES][Most<Config>::STEPS], Keys &keys,
                 ScoreQueue &scores) {
  constexpr int STEPS = Most<Config>::STEPS;
  Sixteen row[STEPS];  // of keys, kept for the other queries
#pragma HLS ARRAY_PARTITION variable=row complete
  float sums[Rates::QUERIES][STEPS];
#pragma HLS ARRAY_PARTITION variable=sums complete dim=0
  const int heads = pass.served(turn);
  Walk walk(pass, heads);
  const int slots = Walk::slots(pass, heads);
  for (int slot = 0; slot < slots; ++slot, walk.next()) {
#pragma HLS LOOP_TRIPCOUNT max=262144
#pragma HLS PIPELINE II=1
    if (!walk.works()) continue;
    if (walk.first_batch()) row[walk.step()] = next_word(keys, walk.head());
    Scores result;
    for (int l = 0; l < Rates::QUERIES; ++l) {
#pragma HLS UNROLL
      const int q = Rates::QUERIES * walk.batch() + l;
      result.score[l] = 0.0f;
      if (!walk.sees(q)) continue;
      sums[l][walk.step()] =
          product_of_step(query[Rates::QUERIES * walk.place() + l][walk.step()], row[walk.step()]);
      for (int step = 0; step < STEPS; ++step) {
#pragma HLS UNROLL
        if (walk.last_step() && step < pass.steps) {
          result.score[l] = add(result.score[l], sums[l][step]);
        }
      }
    }
    if (walk.last_step()) scores.write(result);
  }
}

// Online softmax: what every row's value counts, then, after the last row, one over the sums of the
// weights. Walk::slots cycles, then batches. Of each for a query: exponential, reciprocal, 1 mul,
// 2 add.
template <class Config>
void make_weights(Pass pass, int turn, ScoreQueue &scores, WeightQueue &weights,
                  ShareQueue &shares) {
  constexpr int BATCHES = Most<Config>::BATCHES;
  static_assert(Rates::RECURRENCE == 16, "the distances below");
  // Of each query: the largest score so far, and the sum of the weights. Two arrays, since an
  // exponential lies between what happens to the one and to the other.
  float largest[BATCHES][Rates::QUERIES];
  float total[BATCHES][Rates::QUERIES];
#pragma HLS ARRAY_PARTITION variable=largest complete dim=2
#pragma HLS ARRAY_PARTITION variable=total complete dim=2
  const int heads = pass.served(turn);
  Walk walk(pass, heads);
  const int slots = Walk::slots(pass, heads);
  for (int slot = 0; slot < slots; ++slot, walk.next()) {
#pragma HLS LOOP_TRIPCOUNT max=262144
#pragma HLS PIPELINE II=1
// A query's are touched once in a row of the cache, and a row takes RECURRENCE slots or more.
#pragma HLS DEPENDENCE variable=largest inter RAW distance=16 true
#pragma HLS DEPENDENCE variable=total inter RAW distance=16 true
    if (!walk.works() || walk.step() != 0) continue;
    const Scores row = scores.read();
    const bool first = walk.row() == 0;
    Weights result;
    for (int l = 0; l < Rates::QUERIES; ++l) {
#pragma HLS UNROLL
      result.kept[l] = result.added[l] = 0.0f;
      if (!walk.sees(Rates::QUERIES * walk.batch() + l)) continue;
      // One of the two exponents is zero, whichever score is larger, and e^0 is 1: one unit does.
      // The first score meets itself: its weight is 1, or NaN where it is not finite.
      const float before = first ? row.score[l] : largest[walk.place()][l];
      const bool larger = row.score[l] > before;
      const float high = larger ? row.score[l] : before;
      const float low = larger ? before : row.score[l];
      largest[walk.place()][l] = high;
      const float weight = exponential(sub(low, high));
      result.kept[l] = larger ? weight : 1.0f;
      result.added[l] = larger ? 1.0f : weight;
      const float sum = first ? 0.0f : total[walk.place()][l];
      total[walk.place()][l] = add(mul(sum, result.kept[l]), result.added[l]);
    }
    weights.write(result);
  }
  int batch = 0;
  for (int place = 0; place < heads * pass.batches(); ++place) {
#pragma HLS LOOP_TRIPCOUNT max=BATCHES
#pragma HLS PIPELINE II=1
    Scores share = {};
    for (int l = 0; l < Rates::QUERIES; ++l) {
#pragma HLS UNROLL
      if (Rates::QUERIES * batch + l >= pass.queries()) continue;
      share.score[l] = reciprocal(total[place][l]);
    }
    shares.write(share);
    batch = batch + 1 == pass.batches() ? 0 : batch + 1;
  }
}

}  // namespace edge

#endif
