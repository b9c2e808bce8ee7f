// Runs the largest values there are through kernels one of whose widths is a bit too small, and
// prints for each width what the checked build says of it.
#include <cstdio>

#include "head.hpp"
#include "matmul.hpp"

using namespace edge;

// Each as it is declared, and one bit less.
#define EDGE_ONE_BIT_LESS(WIDTH) \
  struct Less_##WIDTH : Default { static constexpr int WIDTH = Default::WIDTH - 1; }
EDGE_ONE_BIT_LESS(CODE_BITS);
EDGE_ONE_BIT_LESS(TABLE_BITS);
EDGE_ONE_BIT_LESS(PART_BITS);
EDGE_ONE_BIT_LESS(STEP_BITS);
EDGE_ONE_BIT_LESS(SUM_BITS);
EDGE_ONE_BIT_LESS(HEAD_CODE_BITS);
EDGE_ONE_BIT_LESS(HEAD_PART_BITS);
struct Less_HEAD_SUM_BITS : Default { static constexpr int HEAD_SUM_BITS = 33; };

// Every weight 1, every code -127: index 10 of all 32 groups.
template <typename C> void multiply() {
  static codes_t<C> codes;
  static sums_t<C> sums;
  static word128 words[C::MAX_TILES * 5];
  constexpr int INPUTS = C::MAX_CODES;
  for (int i = 0; i < INPUTS; i++) codes[0][i] = -127;
  for (int block = 0; block < C::MAX_TILES; block++) {
    for (int index = 0; index < 128; index++) {
      for (int bit = 0; bit < 5; bit++) {
        const int place = 5 * index + bit;
        set_field<1>(words[5 * block + place / 128], place % 128, uint_t<1>((10 >> bit) & 1));
      }
    }
  }
  matmul<C>(words, words, words, words, 16, C::MAX_TILES, 1, codes, sums);
}

// Every weight 127, every code 16383.
template <typename C> void multiply_head() {
  static wide_codes_t<C> codes;
  static word128 words[16 * C::MAX_HIDDEN / HEAD_STEP];
  static word128 scales[4], logits[4];
  for (auto &step : codes) {
    for (auto &port : step) {
      for (auto &code : port) code = 16383;
    }
  }
  for (word128 &word : words) {
    for (int lane = 0; lane < 16; lane++) set_field<8>(word, 8 * lane, uint_t<8>(127));
  }
  head<C>(words, words, words, words, scales, codes, 1.0f, 16, C::MAX_HIDDEN, logits);
}

template <typename C> void report(const char *name) {
  clear_fault();
  multiply<C>();
  multiply_head<C>();
  std::printf("%s: %s\n", name, fault_text());
}

int main() {
  report<Default>("as declared");
  report<Less_CODE_BITS>("CODE_BITS");
  report<Less_TABLE_BITS>("TABLE_BITS");
  report<Less_PART_BITS>("PART_BITS");
  report<Less_STEP_BITS>("STEP_BITS");
  report<Less_SUM_BITS>("SUM_BITS");
  report<Less_HEAD_CODE_BITS>("HEAD_CODE_BITS");
  report<Less_HEAD_PART_BITS>("HEAD_PART_BITS");
  report<Less_HEAD_SUM_BITS>("HEAD_SUM_BITS");
}
