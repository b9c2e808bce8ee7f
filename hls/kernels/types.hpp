// Integers of a stated width, and the words that memory is read in. One source, three meanings:
//   Vitis HLS, or EDGE_AP   the vendor's arbitrary-precision types: what the hardware has
//   EDGE_CHECK              native integers that report a value outside their stated width
//   otherwise               the smallest native integer that holds the width: fast
// The native meaning is exact because the checked one finds no value outside its width. So kernels
// never count on a wrap, and touch bits only through `field` and `set_field` below.
#ifndef EDGE_HLS_TYPES_HPP
#define EDGE_HLS_TYPES_HPP

#include <cstdint>
#include <cstring>

#ifdef EDGE_CHECK
#include <cstdio>
#endif

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "words are read from memory as they lie there, which is little-endian"
#endif

#if defined(__SYNTHESIS__) || defined(EDGE_AP)
#define EDGE_VENDOR_TYPES 1
#include <ap_int.h>
#endif

namespace edge {

// ---- faults -----------------------------------------------------------------------------------

#ifdef EDGE_CHECK
inline const char *first_fault = "";

// What went wrong, in words; the first one is kept until `clear_fault`. The pass goes on, and its
// status says in the end that its result is none.
[[gnu::cold, gnu::noinline]] inline void fault(const char *what) {
  if (first_fault[0] == '\0') first_fault = what;
}
inline const char *fault_text() { return first_fault; }
inline void clear_fault() { first_fault = ""; }

[[gnu::cold, gnu::noinline]] inline void width_fault(std::int64_t value, int width, bool sign) {
  static char text[80];
  if (first_fault[0] != '\0') return;
  std::snprintf(text, sizeof text, "%lld does not fit %s integer of %d bits",
                static_cast<long long>(value), sign ? "a signed" : "an unsigned", width);
  fault(text);
}
#else
inline void fault(const char *) {}
inline const char *fault_text() { return ""; }
inline void clear_fault() {}
#endif
inline bool faulted() { return fault_text()[0] != '\0'; }

// ---- integers ---------------------------------------------------------------------------------

#ifdef EDGE_VENDOR_TYPES

template <int W> using sint_t = ap_int<W>;
template <int W> using uint_t = ap_uint<W>;

#else

// The smallest native integer of at least W bits.
template <int W> auto native_signed() {
  static_assert(W >= 2 && W <= 64, "2 to 64 bits");
  if constexpr (W <= 8) return std::int8_t{};
  else if constexpr (W <= 16) return std::int16_t{};
  else if constexpr (W <= 32) return std::int32_t{};
  else return std::int64_t{};
}
template <int W> auto native_unsigned() {
  static_assert(W >= 1 && W <= 63, "1 to 63 bits");
  if constexpr (W <= 8) return std::uint8_t{};
  else if constexpr (W <= 16) return std::uint16_t{};
  else if constexpr (W <= 32) return std::uint32_t{};
  else return std::uint64_t{};
}

#ifdef EDGE_CHECK

// A native integer that knows which values W bits hold.
template <int W, bool SIGNED> class Checked {
 public:
  static constexpr std::int64_t LEAST = SIGNED ? -(std::int64_t(1) << (W - 2)) * 2 : 0;
  static constexpr std::int64_t MOST = -1 - LEAST + (SIGNED ? 0 : (std::int64_t(1) << W));

  Checked() = default;
  Checked(std::int64_t given) : value_(static_cast<Native>(given)) {
    if (given < LEAST || given > MOST) width_fault(given, W, SIGNED);
  }
  template <int V, bool S> Checked(const Checked<V, S> &other) : Checked(std::int64_t(other)) {}
  operator std::int64_t() const { return value_; }
  Checked &operator+=(std::int64_t other) { return *this = Checked(value_ + other); }
  Checked &operator-=(std::int64_t other) { return *this = Checked(value_ - other); }
  Checked &operator++() { return *this += 1; }

 private:
  static auto native() {
    if constexpr (SIGNED) return native_signed<W>();
    else return native_unsigned<W>();
  }
  using Native = decltype(native());
  Native value_ = 0;
};
template <int W> using sint_t = Checked<W, true>;
template <int W> using uint_t = Checked<W, false>;

#else

template <int W> using sint_t = decltype(native_signed<W>());
template <int W> using uint_t = decltype(native_unsigned<W>());

#endif
#endif

// ---- words ------------------------------------------------------------------------------------

#ifdef EDGE_VENDOR_TYPES

template <int N> using bits_t = ap_uint<N>;

// The W bits from bit `low` on: as a number, and as a shorter word.
template <int W, int N> inline uint_t<W> field(const bits_t<N> &word, int low) {
  return word.range(low + W - 1, low);
}
template <int W, int N> inline bits_t<W> slice(const bits_t<N> &word, int low) {
  return word.range(low + W - 1, low);
}
template <int W, int N> inline void set_field(bits_t<N> &word, int low, uint_t<W> value) {
  word.range(low + W - 1, low) = value;
}

#else

// N bits, least significant limb first: in memory what ap_uint<N> is.
template <int N> struct bits_t {
  static constexpr int LIMBS = (N + 63) / 64;
  std::uint64_t limb[LIMBS] = {};

  bits_t() = default;
  bits_t(std::uint64_t low) : limb{low} {}
};

// The W bits from bit `low` on, W at most 63: as a native number, our own, and a shorter word.
template <int W, int N> inline std::uint64_t native_field(const bits_t<N> &word, int low) {
  static_assert(W >= 1 && W <= 63 && W <= N, "a field of 1 to 63 bits");
  constexpr std::uint64_t MASK = (std::uint64_t(1) << W) - 1;
  if constexpr (N <= 64) return (word.limb[0] >> low) & MASK;
  const int limb = low >> 6;
  const int shift = low & 63;
  std::uint64_t value = word.limb[limb] >> shift;
  if (shift + W > 64) value |= word.limb[limb + 1] << (64 - shift);
  return value & MASK;
}
template <int W, int N> inline uint_t<W> field(const bits_t<N> &word, int low) {
  return static_cast<uint_t<W>>(native_field<W>(word, low));
}
template <int W, int N> inline bits_t<W> slice(const bits_t<N> &word, int low) {
  bits_t<W> result;
  result.limb[0] = native_field<W>(word, low);
  return result;
}

template <int W, int N> inline void set_field(bits_t<N> &word, int low, uint_t<W> value) {
  static_assert(W >= 1 && W <= 32 && W <= N, "a field of 1 to 32 bits");
  constexpr std::uint64_t MASK = (std::uint64_t(1) << W) - 1;
  const int limb = low >> 6;
  const int shift = low & 63;
  const std::uint64_t bits = static_cast<std::uint64_t>(value);
  word.limb[limb] = (word.limb[limb] & ~(MASK << shift)) | (bits << shift);
  if (shift + W > 64) {
    const int kept = 64 - shift; // of the field's bits, in the lower limb
    word.limb[limb + 1] = (word.limb[limb + 1] & ~(MASK >> kept)) | (bits >> kept);
  }
}

#endif

using word128 = bits_t<128>;  // what a port brings in a cycle
static_assert(sizeof(word128) == 16, "memory is read as an array of these");

// ---- what the lanes of a word hold ------------------------------------------------------------

// The pattern of a binary32, and back.
inline float float_of(std::uint32_t bits) {
#ifdef __SYNTHESIS__
  union { std::uint32_t bits; float value; } both;
  both.bits = bits;
  return both.value;
#else
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
#endif
}
inline std::uint32_t bits_of(float value) {
#ifdef __SYNTHESIS__
  union { std::uint32_t bits; float value; } both;
  both.value = value;
  return both.bits;
#else
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
#endif
}

// Float 0..3 of a word.
inline float float_at(const word128 &word, int lane) {
  return float_of(static_cast<std::uint32_t>(field<32>(word, 32 * lane)));
}
inline void set_float_at(word128 &word, int lane, float value) {
  set_field<32>(word, 32 * lane, uint_t<32>(bits_of(value)));
}

// The pattern of half float 0..7 of a word.
inline uint_t<16> half_at(const word128 &word, int lane) { return field<16>(word, 16 * lane); }
inline void set_half_at(word128 &word, int lane, uint_t<16> pattern) {
  set_field<16>(word, 16 * lane, pattern);
}

// The 16 signed bytes of a word.
inline void bytes_of(const word128 &word, sint_t<8> bytes[16]) {
#if defined(EDGE_VENDOR_TYPES)
  for (int lane = 0; lane < 16; lane++) {
#pragma HLS UNROLL
    bytes[lane].range(7, 0) = field<8>(word, 8 * lane);
  }
#elif defined(EDGE_CHECK)
  for (int lane = 0; lane < 16; lane++) {
    bytes[lane] = static_cast<std::int8_t>(word.limb[lane >> 3] >> (8 * (lane & 7)));
  }
#else
  std::memcpy(bytes, &word, sizeof word);
#endif
}

}  // namespace edge

#endif
