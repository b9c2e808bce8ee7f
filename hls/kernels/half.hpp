// Half floats (binary16), the numbers in the cache of keys and values, by integer operations only:
// subnormal halves are exact even where subnormal floats are zero.
#ifndef EDGE_HLS_HALF_HPP
#define EDGE_HLS_HALF_HPP

#include <cstdint>

#include "types.hpp"

namespace edge {

// `value` without its lowest `places` bits (1 to 31), to nearest, ties to even.
inline std::uint32_t shifted_to_nearest(std::uint32_t value, int places) {
  const std::uint32_t below_a_half = (std::uint32_t(1) << (places - 1)) - 1;
  return (value + below_a_half + ((value >> places) & 1)) >> places;
}

// To the nearest half, ties to even; what is larger than all of them becomes the largest, 65504;
// what is not finite the one NaN 0x7E00.
inline std::uint16_t to_half(float x) {
  const std::uint32_t pattern = bits_of(x);
  const std::uint32_t LARGEST = 0x477FE000;  // 65504
  const std::uint32_t SMALLEST_NORMAL = 0x38800000;  // 2^-14
  std::uint32_t rest = pattern & 0x7FFFFFFF;
  if (rest > LARGEST) rest = LARGEST;
  const std::uint32_t normal = shifted_to_nearest(rest - (SMALLEST_NORMAL - 0x00800000), 13);
  // A subnormal half counts in 2^-24: its integer bits are the mantissa's above 2^(126 - exponent).
  const int exponent = static_cast<int>(rest >> 23);
  const int places = exponent < 101 ? 25 : exponent > 112 ? 14 : 126 - exponent;
  const std::uint32_t subnormal = shifted_to_nearest((rest & 0x7FFFFF) | 0x800000, places);
  const std::uint32_t half = rest < SMALLEST_NORMAL ? subnormal : normal;
  const bool infinite = (pattern & 0x7FFFFFFF) >= 0x7F800000;  // or not a number
  return static_cast<std::uint16_t>(infinite ? 0x7E00 : half | ((pattern >> 16) & 0x8000));
}

// Where `fraction` has no bit from BIT on, it moves up by `places`.
template <int BIT>
void shift_below(std::uint32_t places, std::uint32_t &fraction, std::uint32_t &exponent) {
#pragma HLS INLINE
  const bool moves = fraction < (std::uint32_t(1) << BIT);
  fraction = moves ? fraction << places : fraction;
  exponent = moves ? exponent - places : exponent;
}

// Exact; the largest exponent, that of infinity and NaN, becomes a float's.
inline float from_half(std::uint16_t half) {
#ifdef EDGE_CHECK
  if ((half & 0x7C00) == 0x7C00) fault("a half float is infinite or not a number");
#endif
  const std::uint32_t sign = std::uint32_t(half & 0x8000) << 16;
  const std::uint32_t more = (half & 0x7C00) == 0x7C00 ? 224 : 112;  // of the exponent
  const std::uint32_t normal = (std::uint32_t(half & 0x7FFF) << 13) + (more << 23);
  // A subnormal half is made to begin with bit 10, in four steps at most; its exponent pays for it.
  std::uint32_t fraction = half & 0x3FF;
  std::uint32_t exponent = 113;
  shift_below<3>(8, fraction, exponent);
  shift_below<7>(4, fraction, exponent);
  shift_below<9>(2, fraction, exponent);
  shift_below<10>(1, fraction, exponent);
  const std::uint32_t made = (exponent << 23) | ((fraction & 0x3FF) << 13);
  const std::uint32_t subnormal = fraction == 0 ? 0 : made;
  return float_of(sign | ((half & 0x7C00) == 0 ? subnormal : normal));
}

}  // namespace edge

#endif
