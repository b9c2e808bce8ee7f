/* Every form on arrays that end where memory ends: whoever reads or writes one byte more dies. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernel_test.h"

static const char *const FORMS[] = {"plain", "avx2", "avx512", "neon", "neon-dot"};
enum { ROWS = 70, GROUPS = 5, COLUMNS = 8 };

/* `size` bytes up to a page that may not be touched. */
static void *guarded(size_t size) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE), whole = (size + page - 1) / page * page;
  uint8_t *memory =
      mmap(NULL, whole + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED || mprotect(memory + whole, page, PROT_NONE) != 0) abort();
  return memory + whole - size;
}

static void give_back(void *memory, size_t size) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE), whole = (size + page - 1) / page * page;
  munmap((uint8_t *)memory + size - whole, whole + page);
}

static uint32_t state = 1;
static uint32_t random_number(void) { return (state = state * 1664525u + 1013904223u) >> 8; }

static int8_t *random_codes(size_t count) {
  int8_t *codes = guarded(count);
  for (size_t i = 0; i < count; i++) codes[i] = (int8_t)(random_number() % 3) - 1;
  return codes;
}

static float *random_floats(size_t count) {
  float *values = guarded(count * sizeof *values);
  for (size_t i = 0; i < count; i++) values[i] = (float)random_number() * 0x1p-24f - 0.5f;
  return values;
}

/* `count` vectors, zero beyond the depth. */
static int8_t *random_vectors(uint32_t count, uint32_t depth, uint32_t padded) {
  int8_t *x = guarded((size_t)count * padded);
  for (uint32_t i = 0; i < count * padded; i++)
    x[i] = i % padded < depth ? (int8_t)random_number() : 0;
  return x;
}

static int32_t sum_of(const int8_t *x, uint32_t count) {
  int32_t sum = 0;
  for (uint32_t i = 0; i < count; i++) sum += x[i];
  return sum;
}

static void same(const void *a, const void *b, size_t size, const char *form, uint32_t depth) {
  if (memcmp(a, b, size) == 0) return;
  fprintf(stderr, "%s differs at depth %u\n", form, (unsigned)depth);
  exit(1);
}

static void ternary(const char *form, uint32_t packing, uint32_t depth) {
  const uint32_t padded = edge_padded_depth(packing, depth);
  const size_t size = edge_packed_bytes(packing, ROWS, depth), tile = sizeof(int32_t) * 64 * COLUMNS;
  uint8_t *blocks = guarded(size), *scratch = guarded(edge_matrix_scratch(depth));
  int8_t *codes = random_codes((size_t)ROWS * depth), *x = random_vectors(COLUMNS, depth, padded);
  int32_t sums[COLUMNS], *y = guarded(tile), *expected = guarded(tile);
  const struct edge_matrix matrix = {blocks, NULL, ROWS, depth, packing};
  edge_pack_ternary(packing, ROWS, depth, 0, ROWS, codes, blocks);
  for (uint32_t c = 0; c < COLUMNS; c++) sums[c] = sum_of(x + c * padded, depth);
  const int8_t *last = x + (COLUMNS - 1) * padded;
  edge_call_ternary_vector(form, &matrix, 3, 2, last, sums[COLUMNS - 1], y);
  edge_call_ternary_vector("plain", &matrix, 3, 2, last, sums[COLUMNS - 1], expected);
  same(y, expected, sizeof *y * 32, form, depth);
  memset(y, 0, tile), memset(expected, 0, tile);
  edge_call_ternary_matrix(form, &matrix, 1, 4, x, padded, sums, COLUMNS, scratch, y);
  edge_call_ternary_matrix("plain", &matrix, 1, 4, x, padded, sums, COLUMNS, scratch, expected);
  same(y, expected, tile, form, depth);
  if (edge_unpack_ternary(&matrix, 0, ROWS, codes) != 0) exit(1);
  give_back(blocks, size), give_back(codes, (size_t)ROWS * depth);
  give_back(x, (size_t)COLUMNS * padded), give_back(scratch, edge_matrix_scratch(depth));
  give_back(y, tile), give_back(expected, tile);
}

static void head(const char *form, uint32_t packing, uint32_t depth) {
  const uint32_t padded = edge_padded_depth(packing, depth);
  const size_t size = edge_packed_bytes(packing, ROWS, depth), count = (size_t)ROWS * depth;
  uint8_t *blocks = guarded(size);
  float *values = random_floats(count), *scales = guarded(sizeof *scales * ROWS);
  int8_t *high = random_vectors(1, depth, padded), *low = random_vectors(1, depth, padded);
  const size_t bytes = sizeof(float) * GROUPS * 16;
  float *y = guarded(bytes), *expected = guarded(bytes);
  const struct edge_matrix matrix = {blocks, scales, ROWS, depth, packing};
  const int32_t sum = 128 * sum_of(high, depth) + sum_of(low, depth);
  edge_pack_float(packing, ROWS, depth, 0, ROWS, values, blocks, scales);
  edge_call_head_vector(form, &matrix, 0, GROUPS, high, low, sum, 0.3f, y);
  edge_call_head_vector("plain", &matrix, 0, GROUPS, high, low, sum, 0.3f, expected);
  same(y, expected, bytes, form, depth);
  give_back(blocks, size), give_back(values, count * sizeof *values);
  give_back(scales, sizeof *scales * ROWS), give_back(high, padded), give_back(low, padded);
  give_back(y, bytes), give_back(expected, bytes);
}

int main(void) {
  int ran = 0;
  for (size_t i = 0; i < sizeof FORMS / sizeof *FORMS; i++) {
    if (!edge_form_runs(FORMS[i])) continue;
    for (uint32_t depth = 1; depth < 420; depth += depth < 90 ? 1 : 23) {
      for (uint32_t packing = EDGE_BASE3; packing <= EDGE_TWO_BIT; packing++)
        ternary(FORMS[i], packing, depth);
      for (uint32_t packing = EDGE_INT8; packing <= EDGE_INT4; packing++)
        head(FORMS[i], packing, depth);
    }
    ran++;
  }
  printf("%d forms\n", ran);
  return 0;
}
