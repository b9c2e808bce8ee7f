// The ternary matmul by table lookup: sums[row][token] = weights[row][input] * codes[token][input],
// exact. A step takes one entry at each of the four ports: 4 rows x 8 tokens x 32 lookups.
#ifndef EDGE_HLS_MATMUL_HPP
#define EDGE_HLS_MATMUL_HPP

#include "config.hpp"
#include "lanes.hpp"
#include "stream.hpp"
#include "tables.hpp"
#include "types.hpp"
#include "weights.hpp"

namespace edge {

// The tokens of a row stand side by side: 8 x 21 bits, three words of URAM.
template <typename C> using sums_t = sint_t<C::SUM_BITS>[C::MAX_ROWS][C::CHUNK];

// What one row adds in one tile, for every token: 32 lookups, in four parts of 8.
template <typename C>
void look_up(const tables_t<C> &tables, const entry_t<C> &entry, int tokens,
             lanes_t<C::STEP_BITS, C::CHUNK> &total) {
#pragma HLS INLINE
  total.clear();
  for (int first = 0; first < C::TABLES; first += 8) {
#pragma HLS UNROLL
    lanes_t<C::PART_BITS, C::CHUNK> part;
    part.clear();
    const bits_t<40> indices = slice<40>(entry, 5 * first);
    for (int i = 0; i < 8; i++) {
#pragma HLS UNROLL
      const int combination = static_cast<int>(field<4>(indices, 5 * i));
      const bool negative = field<1>(indices, 5 * i + 4) != 0;
      lanes_t<C::TABLE_BITS, C::CHUNK> value;
      value.load(tables[first + i][combination], tokens);
      value.negate_if(negative, tokens);
      part.add(value, tokens);
    }
    total.add(part, tokens);
  }
}

// All rows of one tile. Cycles: rows / 4, or what the entries take to come: 5/4 of it.
template <typename C>
void add_tile(const copies_t<C> &tables, entries_t<C> &entries, int rows, int tokens, int tile,
              sums_t<C> &sums) {
  constexpr int COPIES = table_copies<C>();
  for (int row = 0; row < rows; row += C::LANES) {
#pragma HLS LOOP_TRIPCOUNT min=4 max=1728
#pragma HLS PIPELINE II=1
// Each row is read and written once in this loop, so no turn waits for the one before.
#pragma HLS DEPENDENCE variable=sums inter false
    for (int lane = 0; lane < C::LANES; lane++) {
#pragma HLS UNROLL
      const entry_t<C> entry = entries[lane].read();
      lanes_t<C::STEP_BITS, C::CHUNK> total;
      look_up<C>(tables[lane < COPIES ? lane : 0], entry, tokens, total);
      lanes_t<C::SUM_BITS, C::CHUNK> sum;
      if (tile == 0) sum.clear();
      else sum.load(sums[row + lane], tokens);
      sum.add(total, tokens);
      sum.store(sums[row + lane], tokens);
    }
  }
}

// One tile after the other; the tables are double-buffered, as arrays between two processes are.
template <typename C>
void add_tiles(const codes_t<C> &codes, entries_t<C> &entries, int rows, int tiles, int tokens,
               sums_t<C> &sums) {
  for (int tile = 0; tile < tiles; tile++) {
#pragma HLS LOOP_TRIPCOUNT min=1 max=72
#pragma HLS DATAFLOW
    copies_t<C> tables;
#pragma HLS ARRAY_PARTITION variable=tables complete dim=1
#pragma HLS ARRAY_PARTITION variable=tables complete dim=2
#pragma HLS ARRAY_PARTITION variable=tables complete dim=4
#pragma HLS BIND_STORAGE variable=tables type=ram_s2p impl=lutram
    build_tables<C>(codes, tile, tokens, tables);
    add_tile<C>(tables, entries, rows, tokens, tile, sums);
  }
}

// Everything of a matmul, side by side. words: of a port.
template <typename C>
void matmul_flow(const word128 *port0, const word128 *port1, const word128 *port2,
                 const word128 *port3, int words, int rows, int tiles, int tokens,
                 const codes_t<C> &codes, sums_t<C> &sums) {
#pragma HLS DATAFLOW
  queues_t<C> queues;
  entries_t<C> entries;
  read_port<C>(port0, words, queues[0]);
  read_port<C>(port1, words, queues[1]);
  read_port<C>(port2, words, queues[2]);
  read_port<C>(port3, words, queues[3]);
  gearbox<C>(queues[0], words, entries[0]);
  gearbox<C>(queues[1], words, entries[1]);
  gearbox<C>(queues[2], words, entries[2]);
  gearbox<C>(queues[3], words, entries[3]);
  add_tiles<C>(codes, entries, rows, tiles, tokens, sums);
}

// The whole matmul. port0..3: this matrix's words; rows: a multiple of 16.
// Cycles: tiles * max(5/16 * rows, 20 * tokens) + one build of tables + the memory's latency. The
// pause between two tiles costs nothing, since entries go on coming: see entry_queue_t.
template <typename C>
void matmul(const word128 *port0, const word128 *port1, const word128 *port2, const word128 *port3,
            int rows, int tiles, int tokens, const codes_t<C> &codes, sums_t<C> &sums) {
  matmul_flow<C>(port0, port1, port2, port3, port_words<C>(rows, tiles), rows, tiles, tokens, codes,
                 sums);
}

}  // namespace edge

#endif
