// The operations on floats that exist, by name: docs/fpga-numerics.md. Each rounds to nearest,
// ties to even. Subnormals are zero: the part's operators see to it, an emulator sets the mode of
// its processor for it.
//
// What is not finite stays so as far as the logits, where the driver refuses it: infinities and NaN
// go through these operations by themselves, and wherever else a float is chosen, narrowed or taken
// by its bits, it is seen to. The checked build reports the first one.
#ifndef EDGE_HLS_FLOAT32_HPP
#define EDGE_HLS_FLOAT32_HPP

#include <cfloat>
#include <cstdint>

#include "types.hpp"

#ifndef __SYNTHESIS__
#if defined(__FAST_MATH__)
#error "built with -ffast-math: floats would be reordered"
#endif
#if !defined(FLT_EVAL_METHOD) || FLT_EVAL_METHOD != 0
#error "floats must be computed as floats: on a 32-bit x86 use -msse2 -mfpmath=sse"
#endif
#endif

namespace edge {

constexpr std::uint32_t NOT_A_NUMBER = 0x7FC00000;  // the pattern of a NaN

// Neither infinite nor NaN: its exponent is not the largest.
inline bool is_finite(float x) { return (bits_of(x) & 0x7F800000) != 0x7F800000; }

inline float finite(float x) {
#ifdef EDGE_CHECK
  if (!is_finite(x)) fault("a float is infinite or not a number");
#endif
  return x;
}

inline float add(float a, float b) { return finite(a + b); }
inline float sub(float a, float b) { return finite(a - b); }
inline float mul(float a, float b) { return finite(a * b); }
inline float from_int(std::int32_t value) { return static_cast<float>(value); }
inline float from_int(std::int64_t value) { return static_cast<float>(value); }

// Only the sign bit goes.
inline float magnitude(float x) { return float_of(bits_of(x) & 0x7FFFFFFF); }

// Not less than zero; what is not finite stays as it is, an infinity below zero too.
inline float positive(float x) {
  const bool kept = (bits_of(x) >> 31) == 0 || !is_finite(x);
  return kept ? x : 0.0f;
}

// The integer nearest x, ties to even, for |x| < 2^22; of others any integer of 23 bits. From 2^23
// on floats are integers, so that adding 1.5 * 2^23 rounds, and leaves the integer in the low bits.
inline std::int32_t nearest(float x) {
#ifdef EDGE_CHECK
  if (!(magnitude(x) < 4194304.0f)) fault("a float is too large for the integer that it becomes");
#endif
  const std::uint32_t pattern = bits_of(add(x, 12582912.0f));
  return static_cast<std::int32_t>(pattern & 0x7FFFFF) - 0x400000;
}

}  // namespace edge

#endif
