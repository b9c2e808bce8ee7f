// While one lives, subnormal floats are zero in this thread, as in the part's operators.
#ifndef EDGE_EMULATOR_FLUSH_SUBNORMALS_HPP
#define EDGE_EMULATOR_FLUSH_SUBNORMALS_HPP

#include <cstdint>

#if defined(__SSE2__)
#include <xmmintrin.h>
#elif !defined(__aarch64__)
#error "subnormals must be zero: say how this processor is told so"
#endif

namespace edge {

class FlushSubnormals {
 public:
#if defined(__SSE2__)
  // Results that are subnormal, bit 15, and operands, bit 6; rounding to nearest, bits 13 and 14.
  FlushSubnormals() : before_(_mm_getcsr()) { _mm_setcsr((before_ & ~0x6000u) | 0x8040u); }
  ~FlushSubnormals() { _mm_setcsr(before_); }

 private:
  unsigned before_;
#else
  // Both, bit 24; rounding to nearest, bits 22 and 23.
  FlushSubnormals() {
    __asm__ volatile("mrs %0, fpcr" : "=r"(before_));
    set((before_ & ~(std::uint64_t(3) << 22)) | (std::uint64_t(1) << 24));
  }
  ~FlushSubnormals() { set(before_); }

 private:
  static void set(std::uint64_t mode) { __asm__ volatile("msr fpcr, %0" : : "r"(mode)); }
  std::uint64_t before_;
#endif

 public:
  FlushSubnormals(const FlushSubnormals &) = delete;
  FlushSubnormals &operator=(const FlushSubnormals &) = delete;
};

}  // namespace edge

#endif
