// One value for each token of a chunk, and what a cycle does to all of them at once. Native
// integers use the compiler's vectors: the lanes of unused tokens then hold anything at all.
#ifndef EDGE_HLS_LANES_HPP
#define EDGE_HLS_LANES_HPP

#include "types.hpp"

namespace edge {

#if defined(EDGE_VENDOR_TYPES) || defined(EDGE_CHECK)

// In hardware every lane runs always, which takes less than stopping it.
inline bool runs(int lane, int used) {
#ifdef __SYNTHESIS__
  (void)lane, (void)used;
  return true;
#else
  return lane < used;
#endif
}

template <int W, int N> struct lanes_t {
  sint_t<W> lane[N];

  void clear() {
#pragma HLS INLINE
    for (int i = 0; i < N; i++) {
#pragma HLS UNROLL
      lane[i] = 0;
    }
  }
  void load(const sint_t<W> *from, int used) {
#pragma HLS INLINE
    for (int i = 0; i < N; i++) {
#pragma HLS UNROLL
      if (runs(i, used)) lane[i] = from[i];
    }
  }
  void store(sint_t<W> *to, int used) const {
#pragma HLS INLINE
    for (int i = 0; i < N; i++) {
#pragma HLS UNROLL
      if (runs(i, used)) to[i] = lane[i];
    }
  }
  template <int V> void add(const lanes_t<V, N> &other, int used) {
#pragma HLS INLINE
    for (int i = 0; i < N; i++) {
#pragma HLS UNROLL
      if (runs(i, used)) lane[i] += other.lane[i];
    }
  }
  void negate_if(bool negative, int used) {
#pragma HLS INLINE
    for (int i = 0; i < N; i++) {
#pragma HLS UNROLL
      const sint_t<W> negated = -lane[i];
      if (negative && runs(i, used)) lane[i] = negated;
    }
  }
};

#else

template <int W, int N> struct lanes_t {
  typedef sint_t<W> Vector __attribute__((vector_size(N * sizeof(sint_t<W>))));
  Vector lane;

  void clear() { lane = Vector{}; }
  void load(const sint_t<W> *from, int) { std::memcpy(&lane, from, sizeof lane); }
  void store(sint_t<W> *to, int) const { std::memcpy(to, &lane, sizeof lane); }
  template <int V> void add(const lanes_t<V, N> &other, int) {
    lane += __builtin_convertvector(other.lane, Vector);
  }
  void negate_if(bool negative, int) {
    const sint_t<W> all = static_cast<sint_t<W>>(-static_cast<int>(negative));  // 0, or every bit
    lane = (lane ^ all) - all;
  }
};

#endif

}  // namespace edge

#endif
