// The lookup tables of one tile: for each group of three codes their 13 sums, and zero, for each
// token. The other half of the 27 are negations, which the lookup does.
#ifndef EDGE_HLS_TABLES_HPP
#define EDGE_HLS_TABLES_HPP

#include "types.hpp"

namespace edge {

// What combination 0..13 of docs/fpga-weight-format.md does with each of the three codes.
constexpr int COMBINATIONS = 14;
constexpr signed char TAKES_A[COMBINATIONS] = {0, 1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 1, -1};
constexpr signed char TAKES_B[COMBINATIONS] = {0, 0, 1, 0, 1, -1, 0, 0, 1, 1, 1, 1, -1, 1};
constexpr signed char TAKES_C[COMBINATIONS] = {0, 0, 0, 1, 0, 0, 1, -1, 1, -1, 1, -1, 1, 1};

// [table][combination][token]: tokens and tables side by side, so that a cycle reads all of them.
template <typename C>
using tables_t = sint_t<C::TABLE_BITS>[C::TABLES][C::ENTRIES][C::CHUNK];

// The four lanes look up different entries of a table in one cycle: each has a copy of its own, all
// of them written at once. In the native build one does, and stays in the processor's cache.
#if defined(EDGE_VENDOR_TYPES) || defined(EDGE_CHECK)
template <typename C> constexpr int table_copies() { return C::LANES; }
#else
template <typename C> constexpr int table_copies() { return 1; }
#endif
template <typename C> using copies_t = tables_t<C>[table_copies<C>()];

// The codes of a call: [token][input], inputs past the real ones zero.
template <typename C> using codes_t = sint_t<C::CODE_BITS>[C::CHUNK][C::MAX_CODES];

template <typename C> sint_t<C::TABLE_BITS> taken(int how, sint_t<C::CODE_BITS> code) {
#pragma HLS INLINE
  const sint_t<C::TABLE_BITS> plus = code;
  const sint_t<C::TABLE_BITS> minus = -code;
  const sint_t<C::TABLE_BITS> none = 0;
  return how == 0 ? none : (how > 0 ? plus : minus);
}

// Builds the tables of a tile. One set of builders, a token after the other.
// Cycles: (6 to fetch 96 codes + 14) * tokens + latency, beside the lookups of the tile before.
template <typename C>
void build_tables(const codes_t<C> &codes, int tile, int tokens, copies_t<C> &tables) {
  constexpr int COPIES = table_copies<C>();
#ifndef __SYNTHESIS__
  // What an unused token or an invalid index looks up matters to nobody, but here it must exist.
  std::memset(static_cast<void *>(tables), 0, sizeof tables);
#endif
  for (int token = 0; token < tokens; token++) {
#pragma HLS LOOP_TRIPCOUNT min=1 max=8
    sint_t<C::CODE_BITS> inputs[C::TILE];
#pragma HLS ARRAY_PARTITION variable=inputs complete
    for (int word = 0; word < C::TILE / 16; word++) {
#pragma HLS PIPELINE II=1
      for (int lane = 0; lane < 16; lane++) {
#pragma HLS UNROLL
        inputs[16 * word + lane] = codes[token][C::TILE * tile + 16 * word + lane];
      }
    }
    for (int entry = 0; entry < COMBINATIONS; entry++) {
#pragma HLS PIPELINE II=1
      for (int table = 0; table < C::TABLES; table++) {
#pragma HLS UNROLL
        const int first = C::GROUP * table;
        const sint_t<C::TABLE_BITS> sum = taken<C>(TAKES_A[entry], inputs[first]) +
                                          taken<C>(TAKES_B[entry], inputs[first + 1]) +
                                          taken<C>(TAKES_C[entry], inputs[first + 2]);
        for (int copy = 0; copy < COPIES; copy++) {
          tables[copy][table][entry][token] = sum;
        }
      }
    }
  }
}

}  // namespace edge

#endif
