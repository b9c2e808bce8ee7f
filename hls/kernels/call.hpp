// One call of the decoder: what its registers say, and whether that can be done.
#ifndef EDGE_HLS_CALL_HPP
#define EDGE_HLS_CALL_HPP

#include <cstdint>

#include "registers.h"

namespace edge {

// The registers by their names in backends/fpga/regs.toml.
struct Call {
  std::uint32_t operation, layers, hidden, intermediate, heads, kv_heads, head_size, vocabulary;
  std::uint32_t context, flags;
  float epsilon, inverse_hidden, inverse_width, inverse_intermediate, attention_scale;
  std::uint32_t start, tokens, logits_from;

  int width() const { return static_cast<int>(heads * head_size); }
  int keys_width() const { return static_cast<int>(kv_heads * head_size); }
  bool relu_squared() const { return (flags & EDGE_FLAG_RELU_SQUARED) != 0; }
  bool sub_norms() const { return (flags & EDGE_FLAG_SUB_NORMS) != 0; }
  bool head() const { return (flags & EDGE_FLAG_HEAD) != 0; }
  bool wants_logits() const { return head() && logits_from < tokens; }
};

// The matrices of a layer, in the order in which memory holds them.
enum Matrix { QUERY, KEY, VALUE, OUTPUT, GATE, UP, DOWN, MATRICES };

inline int rows_of(const Call &call, int matrix) {
  if (matrix == QUERY) return call.width();
  if (matrix == KEY || matrix == VALUE) return call.keys_width();
  if (matrix == GATE || matrix == UP) return static_cast<int>(call.intermediate);
  return static_cast<int>(call.hidden);
}
inline int inputs_of(const Call &call, int matrix) {
  if (matrix == OUTPUT) return call.width();
  if (matrix == DOWN) return static_cast<int>(call.intermediate);
  return static_cast<int>(call.hidden);
}
template <typename C> int tiles_of(const Call &call, int matrix) {
  return (inputs_of(call, matrix) + C::TILE - 1) / C::TILE;
}

inline bool badly_shaped(const Call &call) {
  const bool none = call.layers == 0 || call.hidden == 0 || call.intermediate == 0 ||
                    call.heads == 0 || call.kv_heads == 0 || call.head_size == 0 ||
                    call.context == 0 || call.tokens == 0;
  if (none) return true;
  if (call.hidden % 16 != 0 || call.intermediate % 16 != 0 || call.head_size % 16 != 0) return true;
  // lint allows division: one divider, used once in a call, of whatever the registers say
  if (call.heads % call.kv_heads != 0 || call.logits_from > call.tokens) return true;
  return call.head() && call.vocabulary == 0;
}

// The status of a call that cannot be done, whatever memory there is; else done.
template <typename C> std::uint32_t refused(const Call &call) {
  if (call.operation != EDGE_OPERATION_FORWARD) return EDGE_STATUS_BAD_OPERATION;
  if (badly_shaped(call)) return EDGE_STATUS_BAD_SHAPE;
  const std::uint64_t width = std::uint64_t(call.heads) * call.head_size;
  if (call.hidden > C::MAX_HIDDEN || width > C::MAX_WIDTH ||
      call.intermediate > C::MAX_INTERMEDIATE || call.head_size > C::MAX_HEAD_SIZE) {
    return EDGE_STATUS_TOO_LARGE;
  }
  const std::uint64_t end = std::uint64_t(call.start) + call.tokens;
  return end > call.context ? EDGE_STATUS_CONTEXT_FULL : EDGE_STATUS_DONE;
}

}  // namespace edge

#endif
