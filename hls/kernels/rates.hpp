// How much of the part each vector unit takes: what it does in a cycle. The numbers do not depend
// on these, only cycles and area do. The latencies that they suppose, at 250 MHz on the K26, are
// not yet the vendor tool's: a float multiplication 4 cycles, an addition 7, a memory 2.
#ifndef EDGE_HLS_RATES_HPP
#define EDGE_HLS_RATES_HPP

namespace edge {

struct Rates {
  // Elements of a row that norms, RoPE and copies take in a cycle. Divides 16.
  static constexpr int VECTOR = 4;

  // Elements that a sum of squares takes in a cycle. Each of the 16 partial sums is then added to
  // every eighth cycle, and an adder has its sum by then. Divides 16.
  static constexpr int SUMMED = 2;

  // Elements that the activation takes in a cycle; each costs an exponential and a reciprocal.
  static constexpr int ACTIVATION = 1;

  // Queries that attention serves in a cycle, with 16 dimensions of each: 16 products for scores
  // and 32 for values. A second one would take a sixth of the part's lookup tables.
  static constexpr int QUERIES = 1;

  // Query heads of a group that share a pass over keys and values; larger groups take more passes.
  static constexpr int MEMBERS = 8;

  // Cycles from reading a sum to having it multiplied, added to and written, 2 + 4 + 7 + 1, and two
  // to spare: attention comes back to none of its sums sooner.
  static constexpr int RECURRENCE = 16;

  // Key heads that attention serves at once where a single token's queries of one are too few for
  // RECURRENCE. Their rows come by turns, so many words of each: a fifth of the time is then
  // memory's latency, which each change costs.
  static constexpr int HEADS = 2;
  static constexpr int BY_TURNS = 256;

  // Words of keys, and of values, that may wait for each head: at least BY_TURNS, or the other
  // head's would never come; and of values what comes while scores are made.
  static constexpr int KEYS_AHEAD = 256;
  static constexpr int VALUES_AHEAD = 512;
};

}  // namespace edge

#endif
