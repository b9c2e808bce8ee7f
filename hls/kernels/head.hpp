// The head in the fabric: a logit for each row of int8, for one token. 64 products a cycle, 16 from
// each port; rows come in sections, so that what has to wait between two processes is bounded.
#ifndef EDGE_HLS_HEAD_HPP
#define EDGE_HLS_HEAD_HPP

#include "config.hpp"
#include "float32.hpp"
#include "memory.hpp"
#include "stream.hpp"
#include "types.hpp"
#include "weights.hpp"

namespace edge {

constexpr int HEAD_STEP = 64;  // inputs of a cycle

// A token's codes, as wide as the head takes them, zeros to a multiple of 64: [step][port][lane].
template <typename C>
using wide_codes_t = sint_t<C::HEAD_CODE_BITS>[(C::MAX_HIDDEN + HEAD_STEP - 1) / HEAD_STEP]
                                              [C::LANES][16];
template <typename C> using head_sum_t = sint_t<C::HEAD_SUM_BITS>;

// Words of a row at each port.
inline int head_words(int hidden) { return (hidden + HEAD_STEP - 1) / HEAD_STEP; }

// 16 products of a port's word.
template <typename C>
sint_t<C::HEAD_PART_BITS> sixteen_products(const word128 &word,
                                           const sint_t<C::HEAD_CODE_BITS> *codes) {
#pragma HLS INLINE
  sint_t<8> weights[16];
  bytes_of(word, weights);
  sint_t<C::HEAD_PART_BITS> sum = 0;
  for (int lane = 0; lane < 16; lane++) {
#pragma HLS UNROLL
    sum += codes[lane] * weights[lane];
  }
  return sum;
}

// The sums of rows of `words` steps, `all_words` steps in all: as many cycles.
template <typename C>
void multiply_rows(queues_t<C> &queues, const wide_codes_t<C> &codes, int all_words, int words,
                   stream<head_sum_t<C>, 16> &sums) {
  head_sum_t<C> sum = 0;
  int step = 0;
  for (int i = 0; i < all_words; i++) {
#pragma HLS LOOP_TRIPCOUNT min=1 max=40960
#pragma HLS PIPELINE II=1
    head_sum_t<C> products = 0;
    for (int port = 0; port < C::LANES; port++) {
#pragma HLS UNROLL
      const word128 word = queues[port].read();
      products += sixteen_products<C>(word, codes[step][port]);
    }
    sum += products;
    if (++step == words) {
      sums.write(sum);
      sum = 0;
      step = 0;
    }
  }
}

// The sums become logits, four to a word: far fewer cycles than the rows take. Logits between the
// vocabulary and its padding are zero.
template <typename C>
void write_logits(stream<head_sum_t<C>, 16> &sums, int rows, float step, const word128 *scales,
                  word128 *logits) {
  const int padded = (rows + 15) / 16 * 16;
  for (int i = 0; i < padded / WORD_FLOATS; i++) {
#pragma HLS LOOP_TRIPCOUNT min=4 max=256
#pragma HLS PIPELINE II=4
    const word128 scale = scales[i];
    word128 word = 0;
    for (int lane = 0; lane < WORD_FLOATS; lane++) {
      if (WORD_FLOATS * i + lane < rows) {
        const float sum = from_int(static_cast<std::int64_t>(sums.read()));
        set_float_at(word, lane, mul(sum, mul(step, float_at(scale, lane))));
      }
    }
    logits[i] = word;
  }
}

// Some rows; all_words: of a port.
template <typename C>
void head_section(const word128 *port0, const word128 *port1, const word128 *port2,
                  const word128 *port3, const word128 *scales, const wide_codes_t<C> &codes,
                  float step, int rows, int words, int all_words, word128 *logits) {
#pragma HLS DATAFLOW
  queues_t<C> queues;
  stream<head_sum_t<C>, 16> sums;
  read_port<C>(port0, all_words, queues[0]);
  read_port<C>(port1, all_words, queues[1]);
  read_port<C>(port2, all_words, queues[2]);
  read_port<C>(port3, all_words, queues[3]);
  multiply_rows<C>(queues, codes, all_words, words, sums);
  write_logits<C>(sums, rows, step, scales, logits);
}

// All logits of a token. `step`: of its codes, times 16383.
// Cycles: vocabulary * ceil(hidden / 64) + the memory's latency for each 1024 rows.
template <typename C>
void head(const word128 *port0, const word128 *port1, const word128 *port2, const word128 *port3,
          const word128 *scales, const wide_codes_t<C> &codes, float step, std::uint32_t vocabulary,
          int hidden, word128 *logits) {
  const int words = head_words(hidden);
  for (std::uint32_t row = 0; row < vocabulary; row += C::HEAD_SECTION) {
#pragma HLS LOOP_TRIPCOUNT min=1 max=126
    const std::uint32_t left = vocabulary - row;
    const int rows = left < C::HEAD_SECTION ? static_cast<int>(left) : C::HEAD_SECTION;
    const std::uint64_t word = std::uint64_t(row) * words;
    head_section<C>(port0 + word, port1 + word, port2 + word, port3 + word,
                    scales + row / WORD_FLOATS, codes, step, rows, words, rows * words,
                    logits + row / WORD_FLOATS);
  }
}

}  // namespace edge

#endif
