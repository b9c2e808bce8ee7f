// Sums of floats, in the one order that docs/fpga-numerics.md gives.
#ifndef EDGE_HLS_SUMS_HPP
#define EDGE_HLS_SUMS_HPP

#include "float32.hpp"
#include "rates.hpp"

namespace edge {

// Lane l += lane l + WIDTH, for the first WIDTH lanes.
template <int WIDTH> inline void fold(float lane[16]) {
#pragma HLS INLINE
  for (int l = 0; l < WIDTH; ++l) {
#pragma HLS UNROLL
    lane[l] = add(lane[l], lane[l + WIDTH]);
  }
}

// The sum of 16 lanes, which it uses up: 15 adders, four deep.
inline float tree(float lane[16]) {
#pragma HLS INLINE
  fold<8>(lane);
  fold<4>(lane);
  fold<2>(lane);
  fold<1>(lane);
  return lane[0];
}

// Lane l += x[l] * x[l]. Called in a loop that takes 16 / SUMMED cycles a turn, the tool makes
// SUMMED multipliers and adders of it, and an adder has a lane's last sum when the lane comes
// again.
inline void add_squares(const float x[16], float lane[16]) {
#pragma HLS INLINE
  for (int l = 0; l < 16; ++l) {
#pragma HLS UNROLL
    lane[l] = add(lane[l], mul(x[l], x[l]));
  }
}

}  // namespace edge

#endif
