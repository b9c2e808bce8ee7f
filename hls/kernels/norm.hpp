// RMSNorm, and the integer codes that matmuls take, for one token's row; n is a multiple of 16.
// Each function is called from one place in the hardware, so that its operators are there once.
#ifndef EDGE_HLS_NORM_HPP
#define EDGE_HLS_NORM_HPP

#include "head.hpp"
#include "sums.hpp"
#include "units.hpp"

namespace edge {

// Where a row comes from: the residual stream, what attention found, or what the activation made.
enum Source { RESIDUAL, FOUND, ACTIVATED };

// A row from where it is to where the functions below work on it; `weighted`: its sum of squares,
// else zero. n / SUMMED cycles and the latency of a product and five additions, about 40.
template <class C>
float take_row(const float hidden[C::MAX_HIDDEN], const float found[C::MAX_WIDTH],
               const float activated[C::MAX_INTERMEDIATE], Source source, int n, bool weighted,
               float row[C::MAX_ROWS]) {
  static_assert(16 / Rates::SUMMED == 8, "the interval below");
  float lane[16];
#pragma HLS ARRAY_PARTITION variable=lane complete
  for (int l = 0; l < 16; ++l) {
#pragma HLS UNROLL
    lane[l] = 0.0f;
  }
  for (int block = 0; block < n / 16; ++block) {
#pragma HLS LOOP_TRIPCOUNT max=432
#pragma HLS PIPELINE II=8
    float element[16];
#pragma HLS ARRAY_PARTITION variable=element complete
    for (int l = 0; l < 16; ++l) {
#pragma HLS UNROLL
      const int i = 16 * block + l;
      const float x = source == RESIDUAL ? hidden[i] : source == FOUND ? found[i] : activated[i];
      row[i] = x;
      element[l] = weighted ? x : 0.0f;
    }
    add_squares(element, lane);
  }
  return tree(lane);
}

// v = x / root mean square * weights, in place; the row stays as it is where it is not `weighted`.
// `square`: the sum of its squares; `inverse`: 1 / n. Returns the largest magnitude in v.
// Magnitudes are compared as the integers of their patterns, which one cycle does; those of
// infinity and NaN are the largest. n / VECTOR cycles + about 100 (rsqrt).
template <int MAX>
float scale_row(float row[MAX], const float weights[MAX], int n, bool weighted, float square,
                float epsilon, float inverse) {
  const float root = weighted ? rsqrt(add(mul(square, inverse), epsilon)) : 1.0f;
  std::uint32_t largest = 0;
  for (int first = 0; first < n; first += Rates::VECTOR) {
#pragma HLS LOOP_TRIPCOUNT max=MAX/4
#pragma HLS PIPELINE II=1
// Every element is read and written once.
#pragma HLS DEPENDENCE variable=row inter false
    std::uint32_t larger = 0;
    for (int l = 0; l < Rates::VECTOR; ++l) {
#pragma HLS UNROLL
      const float x = row[first + l];
      const float v = weighted ? mul(mul(x, root), weights[first + l]) : x;
      row[first + l] = v;
      const std::uint32_t pattern = bits_of(magnitude(v));
      if (pattern > larger) larger = pattern;
    }
    if (larger > largest) largest = larger;
  }
  return float_of(largest);
}

// Codes within +-127, and zeros after them to the end of their tile; `for_head`: within +-16383, to
// `wide`, and zeros to a multiple of HEAD_STEP. Returns the step of the codes, times the most of
// them. It is NaN where the row has something that is not finite or exceeds 2^100: then the codes
// may be any, and what is made of them is NaN too. n / VECTOR cycles + about 70 (reciprocal).
template <class C>
float make_codes(const float row[C::MAX_ROWS], int n, float largest, bool for_head,
                 sint_t<C::CODE_BITS> codes[C::MAX_CODES], wide_codes_t<C> &wide) {
  static_assert(16 / Rates::VECTOR == 4, "the interval below");
  const std::int32_t most = (1 << ((for_head ? C::HEAD_CODE_BITS : C::CODE_BITS) - 1)) - 1;
  const float bounded = in_range(bits_of(largest) > bits_of(1e-5f) ? largest : 1e-5f);
  const float factor = mul(from_int(most), reciprocal(bounded));
  const int tiles = (n + C::TILE - 1) / C::TILE;
  const int end = for_head ? HEAD_STEP * head_words(n) : C::TILE * tiles;
  for (int block = 0; block < end / 16; ++block) {
#pragma HLS LOOP_TRIPCOUNT max=432
#pragma HLS PIPELINE II=4
    const bool real = 16 * block < n;
    for (int l = 0; l < 16; ++l) {
#pragma HLS UNROLL
      const float x = real ? row[16 * block + l] : 0.0f;
      const std::int32_t code = nearest(mul(x, factor));
      const std::int32_t bound = code > most ? most : code < -most ? -most : code;
      if (for_head) wide[block / 4][block % 4][l] = sint_t<C::HEAD_CODE_BITS>(bound);
      else codes[16 * block + l] = sint_t<C::CODE_BITS>(bound);
    }
  }
  return bounded;
}

}  // namespace edge

#endif
