#include "parts.h"

#include "matmul.hpp"
#include "registers.h"

using namespace edge;

using C = Default;

extern "C" uint32_t edge_fpga_matmul(const uint8_t *const *ports, uint32_t rows, uint32_t tiles,
                                     uint32_t tokens, const int8_t *codes, int32_t *sums) {
  static codes_t<C> own_codes;
  static sums_t<C> own_sums;
  if (rows == 0 || rows % C::ROW_BLOCK != 0 || tiles == 0 || tokens == 0) {
    return EDGE_STATUS_BAD_SHAPE;
  }
  if (rows > C::MAX_ROWS || tiles > C::MAX_TILES || tokens > C::CHUNK) return EDGE_STATUS_TOO_LARGE;
  clear_fault();
  const uint32_t inputs = tiles * C::TILE;
  for (uint32_t token = 0; token < tokens; token++) {
    for (uint32_t i = 0; i < inputs; i++) own_codes[token][i] = codes[token * inputs + i];
  }
  const word128 *words[C::LANES];
  for (int port = 0; port < C::LANES; port++) {
    words[port] = reinterpret_cast<const word128 *>(ports[port]);
  }
  matmul<C>(words[0], words[1], words[2], words[3], static_cast<int>(rows), static_cast<int>(tiles),
            static_cast<int>(tokens), own_codes, own_sums);
  for (uint32_t token = 0; token < tokens; token++) {
    for (uint32_t row = 0; row < rows; row++) {
      sums[token * rows + row] = static_cast<int32_t>(own_sums[row][token]);
    }
  }
  return faulted() ? EDGE_STATUS_OUT_OF_RANGE : EDGE_STATUS_DONE;
}
