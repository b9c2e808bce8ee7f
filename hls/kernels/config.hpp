// The sizes that a bitstream is built for. Kernels are templates over such a struct; every model
// within its maxima runs on it, since shapes, scales and weights are data.
#ifndef EDGE_HLS_CONFIG_HPP
#define EDGE_HLS_CONFIG_HPP

namespace edge {

struct Default {
  // Fixed by the layout of the weights in memory.
  static constexpr int TABLES = 32;             // groups of three inputs in a tile
  static constexpr int LANES = 4;               // rows in a step, one at each port
  static constexpr int GROUP = 3;               // inputs of a table
  static constexpr int TILE = TABLES * GROUP;   // 96 inputs
  static constexpr int ROW_BLOCK = 16;          // rows are padded to these
  static constexpr int ENTRIES = 16;            // of a table, 14 of them in use
  static constexpr int ENTRY_BITS = 5 * TABLES; // the indices of a row in a tile

  // What fits on chip.
  static constexpr int CHUNK = 8;               // tokens that share a pass over the weights
  static constexpr int MAX_HIDDEN = 2560;
  static constexpr int MAX_WIDTH = 2560;        // of heads * head_size
  static constexpr int MAX_INTERMEDIATE = 6912;
  static constexpr int MAX_HEAD_SIZE = 128;
  static constexpr int MAX_ROWS = MAX_INTERMEDIATE;             // of a matrix, padded
  static constexpr int MAX_TILES = (MAX_INTERMEDIATE + TILE - 1) / TILE;
  static constexpr int MAX_CODES = MAX_TILES * TILE;            // inputs of a matrix, padded

  // Widths, bits. A table holds sums of three codes within +-127; the checked build proves them.
  static constexpr int CODE_BITS = 8;
  static constexpr int TABLE_BITS = 10;         // |a| + |b| + |c| <= 381
  static constexpr int PART_BITS = 13;          // of 8 lookups: <= 3048
  static constexpr int STEP_BITS = 15;          // of 32: <= 12192
  static constexpr int SUM_BITS = 21;           // of 86 tiles: <= 1048512
  static constexpr int HEAD_CODE_BITS = 15;     // within +-16383
  static constexpr int HEAD_PART_BITS = 26;     // of 16 products with a byte: < 2^25
  static constexpr int HEAD_SUM_BITS = 40;

  static constexpr int BURST = 64;              // words of 128 bits: 1 KiB
  static constexpr int HEAD_SECTION = 1024;     // rows of the head at a time
};

// Whether an integer of so many bits has all within +-`most`.
constexpr bool holds(int bits, long long most) { return most < (1LL << (bits - 1)); }

// Whether the sizes and widths of such a struct agree: arrays are as long as the longest row, and
// integers hold the largest sums. Asserted of the one that a bitstream is built for.
template <typename C> constexpr bool agrees() {
  constexpr long long CODE = 127, HEAD_CODE = 16383, WEIGHT = 128;  // largest magnitudes
  return C::MAX_ROWS >= C::MAX_HIDDEN && C::MAX_ROWS >= C::MAX_WIDTH &&
         C::MAX_ROWS >= C::MAX_INTERMEDIATE && C::MAX_ROWS % C::ROW_BLOCK == 0 &&
         C::MAX_CODES >= C::MAX_ROWS && C::MAX_CODES == C::MAX_TILES * C::TILE &&
         holds(C::CODE_BITS, CODE) && holds(C::TABLE_BITS, C::GROUP * CODE) &&
         holds(C::PART_BITS, 8 * C::GROUP * CODE) && holds(C::STEP_BITS, C::TILE * CODE) &&
         holds(C::SUM_BITS, C::MAX_CODES * CODE) && holds(C::HEAD_CODE_BITS, HEAD_CODE) &&
         holds(C::HEAD_PART_BITS, 16 * HEAD_CODE * WEIGHT) &&
         holds(C::HEAD_SUM_BITS, C::MAX_HIDDEN * HEAD_CODE * WEIGHT);
}

}  // namespace edge

#endif
