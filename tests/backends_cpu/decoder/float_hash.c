/* Every float loop of a form on drawn numbers of odd lengths, as one hash of all bits it gives.
 * As a program it prints the hashes of this machine's forms; without HASH_PROGRAM it is only the
 * function, for an emulated processor. */
#include "decoder.h"
#include "float_forms.h"

enum { MOST = 336 };

static uint32_t state, hash;

static float draw(void) { /* from small to large, of both signs */
  state = state * 1664525u + 1013904223u;
  const float size = (float)(state >> 8) / (float)(1 << 24);
  return (state & 4 ? 40.0f : 0.01f) * (state & 16 ? size : -size);
}

static void fill(float *x, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) x[i] = draw();
}

static void add(const void *from, uint32_t count) {
  const uint8_t *bytes = from;
  for (uint32_t i = 0; i < count; i++) hash = (hash ^ bytes[i]) * 16777619u;
}

static void sums(const struct edge_floats *floats, uint32_t n) {
  static float x[MOST], y[MOST], z[MOST];
  static uint16_t half[MOST];
  fill(x, MOST);
  fill(y, MOST);
  floats->narrow_half(y, MOST, half);
  add(half, sizeof half);
  floats->widen_half(half, MOST, z);
  add(z, sizeof z);
  const float found[] = {floats->dot(x, y, n), floats->dot_half(half, x, n),
                         floats->norm(x, y, 1e-5f, n, z), floats->absmax(x, n)};
  add(found, sizeof found);
  add(z, 4 * n);
}

static void codes(const struct edge_floats *floats, uint32_t n) {
  static float x[MOST], z[MOST];
  static int8_t high[MOST], low[MOST];
  static int32_t whole[MOST];
  fill(x, MOST);
  const float most = floats->absmax(x, n);
  int32_t found[2] = {floats->quantise(x, n, 127.0f / most, high), 0};
  add(high, n);
  floats->widen_int8(high, MOST, z);
  add(z, 4 * n);
  found[1] = floats->quantise_fine(x, n, 16256.0f / most, high, low);
  add(high, n);
  add(low, n);
  add(found, sizeof found);
  for (uint32_t i = 0; i < n; i++) whole[i] = high[i] * 1000 + low[i];
  floats->scale(whole, n, 0.37f, 0, z);
  floats->scale(whole, n, 1e-3f, x, x);
  add(z, 4 * n);
  add(x, 4 * n);
}

static void elements(const struct edge_floats *floats, uint32_t n) {
  static float x[MOST], y[MOST], z[MOST];
  for (uint32_t activation = EDGE_SILU; activation <= EDGE_RELU2; activation++) {
    fill(x, MOST);
    fill(y, MOST);
    floats->activate(activation, x, y, n);
    add(x, 4 * n);
  }
  fill(x, MOST);
  floats->rotate(x, y, y + 1, n / 2, 0.3f);
  floats->shrink(x, 0.7f, n, z);
  add(z, 4 * n);
  floats->multiply(x, y, MOST);
  const float inverse = floats->softmax(x, n);
  add(&inverse, sizeof inverse);
  add(x, 4 * n);
}

static void attention(const struct edge_floats *floats, uint32_t depth) {
  static float q[MOST], tile[16 * MOST], y[MOST];
  fill(q, MOST);
  fill(tile, 16 * MOST);
  floats->scores(q, tile, depth, y);
  add(y, 64);
  fill(y, MOST);
  const uint32_t width = (depth + 15) / 16 * 16;
  for (uint32_t count = 0; count <= 16; count += 5) floats->mix(q, count, tile, width, y);
  add(y, 4 * width);
}

uint32_t edge_float_hash(const struct edge_floats *floats);
uint32_t edge_float_hash(const struct edge_floats *floats) {
  static const uint32_t lengths[] = {1, 2, 15, 16, 17, 31, 48, 63, 64, 65, 130, 192, 255, 320, 333};
  state = 1;
  hash = 2166136261u;
  for (uint32_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    sums(floats, lengths[i]);
    codes(floats, lengths[i]);
    elements(floats, lengths[i]);
    attention(floats, lengths[i]);
  }
  return hash;
}

#ifdef HASH_PROGRAM
#include <stdio.h>

#include "kernel_test.h"

int main(void) {
  static const char *const forms[] = {"plain", "avx2", "avx512", "neon"};
  for (uint32_t i = 0; i < sizeof forms / sizeof *forms; i++)
    if (edge_form_runs(forms[i])) printf("%u\n", edge_float_hash(edge_floats(forms[i])));
  return 0;
}
#endif
