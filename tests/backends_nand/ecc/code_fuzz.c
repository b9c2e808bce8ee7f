/* Any bytes as a page with its code: corrected without reading or writing outside of them, and a
 * page that is encoded here comes back as it was.
 *
 * The first five bytes choose the code. Page, code and counts have memory of their own of exactly
 * the right size, so that the sanitizers see every byte too far. */
#include <stdlib.h>
#include <string.h>

#include "cells.h"
#include "outliers.h"
#include "secded.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input again and again, until the memory is full. */
static uint8_t *filled(size_t bytes, const uint8_t *data, size_t size) {
  uint8_t *memory = malloc(bytes);
  if (memory == NULL) abort();
  for (size_t i = 0; i < bytes; i++) memory[i] = size ? (uint8_t)(data[i % size] + i / size) : 0;
  return memory;
}

static void try_outliers(const struct edge_nand_outliers *code, const uint8_t *data, size_t size) {
  const size_t page = code->page_bytes, bytes = (edge_nand_outliers_bits(code) + 7) / 8;
  struct edge_nand_outlier_counts counts = {0, 0, 0, 0, 0};
  if (bytes == 0) return;
  uint8_t *content = filled(page, data, size), *before = filled(page, data, size);
  uint8_t *codes = filled(bytes, data + size / 2, size - size / 2), *written = filled(bytes, data, 0);
  edge_nand_outliers_encode(code, content, page, written, bytes, 1, 1);
  edge_nand_outliers_correct(code, content, page, written, bytes, written, bytes, 1, 1, &counts);
  if (memcmp(content, before, page) != 0 || counts.zeroed || counts.voted) abort();
  edge_nand_outliers_correct(code, content, page, codes, bytes, written, bytes, 1, 1, &counts);
  edge_nand_outliers_correct(code, content, page, codes, bytes, NULL, 0, 1, 1, &counts);
  free(content);
  free(before);
  free(codes);
  free(written);
}

static void try_words(size_t page, const uint8_t *data, size_t size) {
  const size_t bytes = edge_nand_words_size(page);
  struct edge_nand_word_counts counts = {0, 0, 0};
  if (bytes == 0) return;
  uint8_t *content = filled(page, data, size), *codes = filled(bytes, data, size);
  edge_nand_words_correct(page, content, page, codes, bytes, NULL, 0, 1, 1, &counts);
  edge_nand_words_encode(page, content, page, codes, bytes, 1, 1);
  uint8_t *before = filled(page, data, size);
  counts.fixed = counts.lost = counts.miscorrected = 0;
  memcpy(before, content, page);
  edge_nand_words_correct(page, content, page, codes, bytes, before, page, 1, 1, &counts);
  if (counts.fixed != 0 || counts.lost != 0 || counts.miscorrected != 0) abort();
  free(before);
  free(content);
  free(codes);
}

/* Any key: the same bits twice are none. */
static void try_cells(size_t bytes, const uint8_t *data, size_t size) {
  uint64_t numbers[4] = {0, 0, 0, 0};
  memcpy(numbers, data, size < sizeof numbers ? size : sizeof numbers);
  const int64_t physical = (int64_t)numbers[0], erases = (int64_t)numbers[1];
  const double rate = (double)(numbers[2] % 1000) / 2000.0;
  uint8_t *row = filled(bytes, data, 0);
  uint32_t flips;
  const struct edge_nand_cells cells = {numbers[3], size, bytes, bytes, &physical, &erases, &rate};
  for (int i = 0; i < 2; i++) edge_nand_corrupt(&cells, row, bytes, 1, 1, &flips);
  for (size_t i = 0; i < bytes; i++) {
    if (row[i] != 0) abort();
  }
  free(row);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 6) return 0;
  const size_t page = 32u * (1 + data[0] % 80u); /* up to 2,560 bytes, powers of two or not */
  const struct edge_nand_outliers code = {data[1] % 3u, (uint32_t)page, data[2] % 2 ? 8 : 4,
                                          1 + data[3] % 8u, data[4] % 2u};
  try_outliers(&code, data + 5, size - 5);
  try_words(page, data + 5, size - 5);
  try_cells(page, data + 5, size - 5);
  return 0;
}
