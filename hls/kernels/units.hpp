// The function units: each a fixed chain of the operations in float32.hpp, so that every build and
// the hardware give the same bits. docs/fpga-numerics.md specifies them.
//
// Pipelined, each takes an argument a cycle. Operators: reciprocal 6 mul, 3 add; rsqrt 10 mul,
// 3 add; exponential 10 mul, 11 add. With the latencies in rates.hpp they take 45, 61 and about 120
// cycles.
#ifndef EDGE_HLS_UNITS_HPP
#define EDGE_HLS_UNITS_HPP

#include "float32.hpp"

namespace edge {

// x from 2^-100 to 2^100, which reciprocal and root take; NaN for all else, since from its bits
// they would make a finite number that is wrong. Patterns are in the order of their floats.
inline float in_range(float x) {
  const std::uint32_t pattern = bits_of(x);
  const bool within = pattern >= (27u << 23) && pattern <= (227u << 23);
#ifdef EDGE_CHECK
  if (!within) fault("a unit's argument left its range");
#endif
  return within ? x : float_of(NOT_A_NUMBER);
}

// 1 / x, by Newton's method from a guess whose exponent is right.
inline float reciprocal(float x) {
#pragma HLS INLINE
  const float taken = in_range(x);
  float y = float_of(0x7EF311C3 - bits_of(taken));
  for (int step = 0; step < 3; ++step) {
#pragma HLS UNROLL
    y = mul(y, sub(2.0f, mul(taken, y)));
  }
  return y;
}

// 1 / sqrt(x), likewise.
inline float rsqrt(float x) {
#pragma HLS INLINE
  const float taken = in_range(x);
  const float half = mul(0.5f, taken);
  float y = float_of(0x5F375A86 - (bits_of(taken) >> 1));
  for (int step = 0; step < 3; ++step) {
#pragma HLS UNROLL
    y = mul(y, sub(1.5f, mul(mul(half, y), y)));
  }
  return y;
}

// e^x = 2^n e^r with r within ln(2) / 2 of zero, where a polynomial is enough. ln(2) is taken off
// in two parts: the first has few bits, so that n times it is exact. +0 below -40; above 40 as 40;
// NaN where x is not finite.
inline float exponential(float x) {
#pragma HLS INLINE
  const float COEFFICIENTS[5] = {1.39819995e-3f, 8.33345205e-3f, 4.16657962e-2f, 1.66666657e-1f,
                                 5.00000000e-1f};
#pragma HLS ARRAY_PARTITION variable=COEFFICIENTS complete
  const float bounded = x > 40.0f ? 40.0f : x < -40.0f ? -40.0f : x;
  const std::int32_t n = nearest(mul(bounded, 1.44269504f));
  const float n_float = from_int(n);
  const float r = sub(sub(bounded, mul(n_float, 0.693359375f)), mul(n_float, -2.12194440e-4f));
  float p = 1.98756915e-4f;
  for (int power = 0; power < 5; ++power) {
#pragma HLS UNROLL
    p = add(mul(p, r), COEFFICIENTS[power]);
  }
  const float e = add(add(mul(p, mul(r, r)), r), 1.0f);
  const std::uint32_t raised = bits_of(e) + (static_cast<std::uint32_t>(n) << 23);
  const float result = x < -40.0f ? 0.0f : float_of(raised);
  return is_finite(x) ? result : float_of(NOT_A_NUMBER);
}

}  // namespace edge

#endif
