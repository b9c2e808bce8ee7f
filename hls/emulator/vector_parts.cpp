#include "vector_parts.h"

#include <algorithm>

#include "attention.hpp"
#include "config.hpp"
#include "flush_subnormals.hpp"
#include "layer.hpp"

namespace {

using edge::Default;
using edge::FlushSubnormals;
using edge::word128;

// A kernel's arrays have their full length.
constexpr int MAX = Default::MAX_INTERMEDIATE;
struct Row {
  float at[MAX] = {};
  Row(const float *from, int n) { std::copy(from, from + n, at); }
};
using Chunk = float[Default::CHUNK][Default::MAX_WIDTH];
Chunk chunk, result;

void load(const float *x, int tokens, int width) {
  for (int token = 0; token < tokens; ++token) {
    std::copy(x + token * width, x + (token + 1) * width, chunk[token]);
  }
}

// What it calls is not inlined into where the processor's mode changes: arithmetic stays within.
template <class Function> [[gnu::noinline]] void call(const Function &function) { function(); }
template <class Function> void flushed(const Function &function) {
  const FlushSubnormals mode;
  call(function);
}

template <class In, class Out, class Function>
void each(const In *x, std::uint32_t n, Out *y, Function function) {
  flushed([=] {
    for (std::uint32_t i = 0; i < n; ++i) y[i] = function(x[i]);
  });
}
template <class Function>
void pairs(const float *a, const float *b, std::uint32_t n, float *y, Function function) {
  flushed([=] {
    for (std::uint32_t i = 0; i < n; ++i) y[i] = function(a[i], b[i]);
  });
}

edge::sint_t<8> narrow[MAX];
edge::wide_codes_t<Default> wide;

float take(const Row &row, int n, bool weighted, Row &taken) {
  return edge::take_row<Default>(row.at, row.at, row.at, edge::ACTIVATED, n, weighted, taken.at);
}

float codes_of(const Row &row, const Row &weights, int n, bool weighted, float epsilon,
               float inverse, bool for_head) {
  Row taken(row.at, 0);
  const float square = take(row, n, weighted, taken);
  const float largest =
      edge::scale_row<MAX>(taken.at, weights.at, n, weighted, square, epsilon, inverse);
  return edge::make_codes<Default>(taken.at, n, largest, for_head, narrow, wide);
}

edge::AttentionShape shape_of(const edge_attention_shape *given) {
  return edge::AttentionShape{given->heads, given->kv_heads, given->head_size,  given->context,
                              given->start, given->tokens,   given->layer_words};
}
const word128 *words(const std::uint8_t *bytes) {
  return reinterpret_cast<const word128 *>(bytes);
}
word128 *words(std::uint8_t *bytes) { return reinterpret_cast<word128 *>(bytes); }

}  // namespace

void edge_add(const float *a, const float *b, uint32_t n, float *y) {
  pairs(a, b, n, y, edge::add);
}
void edge_subtract(const float *a, const float *b, uint32_t n, float *y) {
  pairs(a, b, n, y, edge::sub);
}
void edge_multiply(const float *a, const float *b, uint32_t n, float *y) {
  pairs(a, b, n, y, edge::mul);
}
void edge_nearest(const float *x, uint32_t n, int32_t *y) { each(x, n, y, edge::nearest); }
void edge_to_half(const float *x, uint32_t n, uint16_t *y) { each(x, n, y, edge::to_half); }
void edge_from_half(const uint16_t *x, uint32_t n, float *y) { each(x, n, y, edge::from_half); }
void edge_reciprocal(const float *x, uint32_t n, float *y) { each(x, n, y, edge::reciprocal); }
void edge_rsqrt(const float *x, uint32_t n, float *y) { each(x, n, y, edge::rsqrt); }
void edge_exponential(const float *x, uint32_t n, float *y) { each(x, n, y, edge::exponential); }

float edge_sum16_of_squares(const float *x, int32_t n) {
  const Row row(x, n);
  Row taken(x, 0);
  float sum = 0.0f;
  flushed([&] { sum = take(row, n, true, taken); });
  return sum;
}

void edge_norm(const float *x, const float *weights, int32_t n, float epsilon, float inverse,
               float *v) {
  const Row row(x, n), factors(weights, n);
  Row normed(x, 0);
  flushed([&] {
    const float square = take(row, n, true, normed);
    edge::scale_row<MAX>(normed.at, factors.at, n, true, square, epsilon, inverse);
  });
  std::copy(normed.at, normed.at + n, v);
}

float edge_norm_quantise(const float *x, const float *weights, int32_t n, float epsilon,
                         float inverse, int8_t *codes) {
  const bool weighted = weights != nullptr;
  const Row row(x, n), factors(weighted ? weights : x, weighted ? n : 0);
  float step = 0.0f;
  flushed([&] { step = codes_of(row, factors, n, weighted, epsilon, inverse, false); });
  for (int i = 0; i < n; ++i) codes[i] = static_cast<int8_t>(narrow[i]);
  return step;
}

float edge_quantise15(const float *v, int32_t n, int16_t *codes) {
  const Row row(v, n);
  float step = 0.0f;
  flushed([&] { step = codes_of(row, row, n, false, 0.0f, 0.0f, true); });
  for (int i = 0; i < n; ++i) codes[i] = static_cast<int16_t>(wide[i / 64][i / 16 % 4][i % 16]);
  return step;
}

void edge_rope(float *x, const float *rotation, int32_t heads, int32_t head_size, float scale) {
  constexpr int VECTOR = edge::Rates::VECTOR;
  flushed([=] {
    for (int i = 0; i < heads * head_size; i += VECTOR) {
      edge::turn(x + i, rotation + i % head_size, scale);
    }
  });
}

void edge_activation(const float *gate, const float *up, int32_t n, int32_t relu_squared,
                     float *z) {
  pairs(gate, up, static_cast<uint32_t>(n), z, [=](float g, float u) {
    return edge::activated(g, u, relu_squared != 0);
  });
}

void edge_store_rows(const float *x, const edge_attention_shape *shape, uint8_t *low,
                     uint8_t *high) {
  load(x, shape->tokens, shape->kv_heads * shape->head_size);
  flushed([&] { edge::store_rows<Default>(chunk, shape_of(shape), words(low), words(high)); });
}

void edge_attention(const float *query, const edge_attention_shape *shape, const uint8_t *keys_0,
                    const uint8_t *keys_1, const uint8_t *values_0, const uint8_t *values_1,
                    float *output) {
  const int width = shape->heads * shape->head_size;
  load(query, shape->tokens, width);
  flushed([&] {
    edge::attention<Default>(chunk, shape_of(shape), words(keys_0), words(keys_1),
                             words(values_0), words(values_1), result);
  });
  for (int token = 0; token < shape->tokens; ++token) {
    std::copy(result[token], result[token] + width, output + token * width);
  }
}

int32_t edge_walk(int32_t start, int32_t tokens, int32_t members, int32_t steps, int32_t heads,
                  edge_slot *slots, int32_t capacity) {
  const edge::Pass pass = {start, tokens, members, 0, members, steps, heads, heads, 0, 0};
  edge::Walk walk(pass, heads);
  const int count = edge::Walk::slots(pass, heads);
  for (int slot = 0; slot < count && slot < capacity; ++slot, walk.next()) {
    slots[slot] = {walk.works() ? walk.row() : -1, walk.head(),
                   edge::Rates::QUERIES * walk.batch(), walk.step()};
  }
  return count;
}

int32_t edge_rate_queries(void) { return edge::Rates::QUERIES; }
int32_t edge_rate_members(void) { return edge::Rates::MEMBERS; }
int32_t edge_rate_recurrence(void) { return edge::Rates::RECURRENCE; }

const char *edge_vector_fault(void) {
  const char *text = edge::fault_text();
  edge::clear_fault();
  return text;
}
