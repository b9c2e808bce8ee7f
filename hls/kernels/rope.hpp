// Rotary position embedding. Pairs are adjacent.
#ifndef EDGE_HLS_ROPE_HPP
#define EDGE_HLS_ROPE_HPP

#include "float32.hpp"
#include "rates.hpp"

namespace edge {

// Turn pair i of VECTOR neighbours by rotation[2i] (cosine) and rotation[2i + 1] (sine), then
// multiply by `scale`: attention's for queries, 1 for keys, which changes nothing. For each 3 mul,
// 1 add.
inline void turn(float x[Rates::VECTOR], const float rotation[Rates::VECTOR], float scale) {
#pragma HLS INLINE
  for (int l = 0; l < Rates::VECTOR; l += 2) {
#pragma HLS UNROLL
    const float cosine = rotation[l], sine = rotation[l + 1];
    const float a = x[l], b = x[l + 1];
    x[l] = mul(sub(mul(a, cosine), mul(b, sine)), scale);
    x[l + 1] = mul(add(mul(b, cosine), mul(a, sine)), scale);
  }
}

}  // namespace edge

#endif
