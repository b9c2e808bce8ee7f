// The arrays of a call in the emulated memory: where they begin, and that they lie in it wholly.
#ifndef EDGE_EMULATOR_ARRAYS_HPP
#define EDGE_EMULATOR_ARRAYS_HPP

#include "call.hpp"
#include "config.hpp"
#include "types.hpp"
#include "weights.hpp"

namespace edge {

// Lengths are whole numbers without end: a register of 32 bits times another does not wrap around.
using Length = unsigned __int128;

struct DeviceMemory {
  const std::uint32_t *registers;
  std::uint8_t *content;
  std::uint64_t base;
  std::uint64_t size;

  std::uint32_t value(std::uint32_t offset) const { return registers[offset / 4]; }
  std::uint64_t address(std::uint32_t offset) const {
    return value(offset) | std::uint64_t(value(offset + 4)) << 32;
  }
  // The array whose address is in the register at `offset`.
  word128 *words(std::uint32_t offset) const {
    return reinterpret_cast<word128 *>(content + (address(offset) - base));
  }
  bool holds(std::uint32_t offset, Length bytes) const {
    const std::uint64_t first = address(offset);
    return first % 4096 == 0 && first >= base && Length(first - base) + bytes <= size;
  }
};

template <typename C> Length weight_bytes(const Call &call) {
  Length words = 0;
  for (int matrix = 0; matrix < MATRICES; matrix++) {
    words += static_cast<Length>(port_words<C>(rows_of(call, matrix), tiles_of<C>(call, matrix)));
  }
  return words * sizeof(word128) * call.layers;
}

inline bool holds_head(const DeviceMemory &memory, const Call &call) {
  const Length words = Length((call.hidden + 63) / 64) * call.vocabulary;
  const Length padded = (Length(call.vocabulary) + 15) / 16 * 16;
  for (std::uint32_t port = 0; port < 4; port++) {
    const std::uint32_t stride = EDGE_DECODER_HEAD_1 - EDGE_DECODER_HEAD_0;
    const std::uint32_t offset = EDGE_DECODER_HEAD_0 + port * stride;
    if (!memory.holds(offset, words * sizeof(word128))) return false;
  }
  return memory.holds(EDGE_DECODER_HEAD_SCALES, 4 * padded) &&
         memory.holds(EDGE_DECODER_LOGITS, 4 * padded * (call.tokens - call.logits_from));
}

// Whether every array of an acceptable call lies in memory, at a page.
template <typename C> bool holds_everything(const DeviceMemory &memory, const Call &call) {
  const Length weights = weight_bytes<C>(call);
  const Length width = static_cast<Length>(call.width());
  const Length layer = Length(2) * call.hidden + width + call.intermediate + 16;
  const Length cache = Length(call.layers) * call.kv_heads * call.context * call.head_size;
  const struct {
    std::uint32_t offset;
    Length bytes;
  } arrays[] = {
      {EDGE_DECODER_WEIGHTS_0, weights},
      {EDGE_DECODER_WEIGHTS_1, weights},
      {EDGE_DECODER_WEIGHTS_2, weights},
      {EDGE_DECODER_WEIGHTS_3, weights},
      {EDGE_DECODER_PARAMETERS, 4 * (layer * call.layers + call.hidden)},
      {EDGE_DECODER_ROTATIONS, Length(4) * call.context * call.head_size},
      {EDGE_DECODER_KEYS_0, cache},  // half floats of half the dimensions: a byte for each
      {EDGE_DECODER_KEYS_1, cache},
      {EDGE_DECODER_VALUES_0, cache},
      {EDGE_DECODER_VALUES_1, cache},
      {EDGE_DECODER_STATES, Length(4) * call.tokens * call.hidden},
  };
  for (const auto &array : arrays) {
    if (!memory.holds(array.offset, array.bytes)) return false;
  }
  return !call.wants_logits() || holds_head(memory, call);
}

}  // namespace edge

#endif
