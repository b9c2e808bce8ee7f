// What the chip holds of a chunk of tokens. URAM where an array is deep, BRAM where it is not; the
// vector units take Rates::VECTOR neighbours a cycle, so that many banks each array has.
#ifndef EDGE_HLS_WORK_HPP
#define EDGE_HLS_WORK_HPP

#include "head.hpp"
#include "matmul.hpp"

namespace edge {

template <typename C> struct Work {
  float hidden[C::CHUNK][C::MAX_HIDDEN];  // the residual stream
  float query[C::CHUNK][C::MAX_WIDTH];
  float key[C::CHUNK][C::MAX_WIDTH];      // once they are in the cache: what attention found
  float value[C::CHUNK][C::MAX_WIDTH];
  float gated[C::CHUNK][C::MAX_INTERMEDIATE];  // gate, then activation(gate) * up
  float rotations[C::CHUNK][C::MAX_HEAD_SIZE];
  float row[C::MAX_ROWS];                 // of one token, before its codes are made and after
  float weights[C::MAX_ROWS];             // of a norm
  float scales[16];                       // of the layer's matrices
  float step[C::CHUNK];                   // of each token's codes, times the largest of them
  wide_codes_t<C> wide;                   // of one token, for the head
  codes_t<C> codes;
  sums_t<C> sums;
};

static_assert(Default::MAX_ROWS >= Default::MAX_HIDDEN && Default::MAX_ROWS >= Default::MAX_WIDTH,
              "the intermediate size is the largest");

}  // namespace edge

#endif
