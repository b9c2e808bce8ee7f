// The way of the ternary weights from a memory port to the lookups: bursts into a queue that holds
// two of them, so that the memory is asked for the next while one is in use; then the gearbox.
#ifndef EDGE_HLS_WEIGHTS_HPP
#define EDGE_HLS_WEIGHTS_HPP

#include "stream.hpp"
#include "types.hpp"

namespace edge {

// The 5-bit indices of one row in one tile; index t at bits 5t.
template <typename C> using entry_t = bits_t<C::ENTRY_BITS>;

// What waits at each of the four ports: two bursts of words; and entries, as many as come in the 40
// cycles or fewer in which the lookups of a tile end and those of the next one begin. The lookups
// then catch up: they take an entry a cycle, and four come in five.
template <typename C> using queue_t = stream<word128, 2 * C::BURST>;
template <typename C> using queues_t = queue_t<C>[C::LANES];
template <typename C> using entry_queue_t = stream<entry_t<C>, 32>;
template <typename C> using entries_t = entry_queue_t<C>[C::LANES];

// As many words as a port brings for a matrix: 5 for 16 rows of a tile.
template <typename C> int port_words(int rows, int tiles) {
  return tiles * (rows / C::ROW_BLOCK) * 5;
}

// One word a cycle, in bursts, over the whole matrix: the next tile's words are under way while
// this one's are used. Cycles: words + the memory's latency once.
template <typename C>
void read_port(const word128 *port, int words, queue_t<C> &queue) {
  for (int i = 0; i < words; i++) {
#pragma HLS LOOP_TRIPCOUNT min=80 max=58320
#pragma HLS PIPELINE II=1
    queue.write(port[i]);
  }
}

// Five words become four entries, the 32-bit lanes of both in the same order. Cycles: 5 for each
// four entries, as many as the port takes to bring them.
template <typename C>
void gearbox(queue_t<C> &queue, int words, entry_queue_t<C> &entries) {
  for (int block = 0; block < words / 5; block++) {
#pragma HLS LOOP_TRIPCOUNT min=16 max=11664
#pragma HLS PIPELINE II=5
    word128 word[5];
    for (int i = 0; i < 5; i++) word[i] = queue.read();
    for (int e = 0; e < 4; e++) {
      entry_t<C> entry;
      for (int lane = 0; lane < 5; lane++) {
        const int from = 5 * e + lane;
        set_field<32>(entry, 32 * lane, field<32>(word[from / 4], 32 * (from % 4)));
      }
      entries.write(entry);
    }
  }
}

}  // namespace edge

#endif
