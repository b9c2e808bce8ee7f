// The emulator may let another engine do the ternary matmuls: the Verilated RTL. Not in hardware.
#ifndef EDGE_HLS_SUBSTITUTE_HPP
#define EDGE_HLS_SUBSTITUTE_HPP

#include "matmul.hpp"

#ifndef __SYNTHESIS__

namespace edge {

using MatmulFunction = std::uint32_t (*)(void *context, const std::uint8_t *const *ports,
                                         std::uint32_t rows, std::uint32_t tiles,
                                         std::uint32_t tokens, const std::int8_t *codes,
                                         std::int32_t *sums);

struct Substitute {
  MatmulFunction function = nullptr;
  void *context = nullptr;
};
inline Substitute substitute;

// As matmul, by the substitute. Returns its status.
template <typename C>
std::uint32_t matmul_elsewhere(const word128 *const *words, int rows, int tiles, int tokens,
                               const codes_t<C> &codes, sums_t<C> &sums) {
  static std::int8_t sent[C::CHUNK * C::MAX_CODES];
  static std::int32_t received[C::CHUNK * C::MAX_ROWS];
  const int inputs = tiles * C::TILE;
  for (int token = 0; token < tokens; token++) {
    for (int i = 0; i < inputs; i++) {
      sent[token * inputs + i] = static_cast<std::int8_t>(codes[token][i]);
    }
  }
  const std::uint8_t *ports[C::LANES];
  for (int port = 0; port < C::LANES; port++) {
    ports[port] = reinterpret_cast<const std::uint8_t *>(words[port]);
  }
  const std::uint32_t status = substitute.function(substitute.context, ports, rows, tiles, tokens,
                                                   sent, received);
  for (int token = 0; token < tokens; token++) {
    for (int row = 0; row < rows; row++) sums[row][token] = received[token * rows + row];
  }
  return status;
}

}  // namespace edge

#endif
#endif
