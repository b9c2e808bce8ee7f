/* A code for any content: each 16 bytes of a page are a word of a Hamming code. */
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "cells_split.h"
#include "secded.h"

enum { WORD_BYTES = 16, CHECK_BITS = 9, MOST_PAGE_BYTES = 65536 };

struct job {
  struct edge_nand_hamming code;
  size_t words; /* of a page */
  uint8_t *changed;
  const uint8_t *data, *stored, *written;
  uint8_t *codes;
  size_t data_stride, code_stride, written_stride;
  _Atomic uint64_t fixed, lost, miscorrected;
};

size_t edge_nand_words_size(size_t page_bytes) {
  if (page_bytes == 0 || page_bytes > MOST_PAGE_BYTES || page_bytes % (8 * WORD_BYTES) != 0) {
    return 0;
  }
  return page_bytes / WORD_BYTES * CHECK_BITS / 8;
}

static uint32_t checks_of(const struct edge_nand_hamming *code, const uint8_t *word) {
  uint32_t checks = 0;
  for (int i = 0; i < WORD_BYTES; i++) checks ^= code->entry[i][word[i]];
  return checks;
}

/* Checks of nine bits each, least bit first, so that eight of them fill nine bytes. */
static uint32_t stored_checks(const uint8_t *codes, size_t word) {
  const size_t bit = word * CHECK_BITS;
  return ((uint32_t)codes[bit / 8] | (uint32_t)codes[bit / 8 + 1] << 8) >> bit % 8 & 0x1FF;
}

static void encode(void *context, size_t first, size_t end, uint32_t share) {
  (void)share;
  const struct job *job = context;
  for (size_t page = first; page < end; page++) {
    const uint8_t *data = job->data + page * job->data_stride;
    uint8_t *codes = job->codes + page * job->code_stride;
    memset(codes, 0, job->words * CHECK_BITS / 8);
    for (size_t word = 0; word < job->words; word++) {
      const size_t bit = word * CHECK_BITS;
      const uint32_t checks = checks_of(&job->code, data + word * WORD_BYTES) << bit % 8;
      codes[bit / 8] |= (uint8_t)checks;
      codes[bit / 8 + 1] |= (uint8_t)(checks >> 8);
    }
  }
}

/* Corrects one word by its checks; `written` is NULL where it is not known. */
static void correct_word(const struct edge_nand_hamming *code, uint8_t *word, uint32_t stored,
                         const uint8_t *written, struct edge_nand_word_counts *counts) {
  const uint32_t difference = checks_of(code, word) ^ stored;
  if (difference == 0) return;
  const int32_t bit = edge_nand_judge_double(code, difference);
  if (bit == EDGE_NAND_LOST) {
    counts->lost++;
    return;
  }
  if (bit >= 0) word[bit / 8] ^= (uint8_t)(1u << bit % 8);
  const bool right = written == NULL || memcmp(word, written, WORD_BYTES) == 0;
  counts->fixed += right;
  counts->miscorrected += !right;
}

static void correct(void *context, size_t first, size_t end, uint32_t share) {
  (void)share;
  struct job *job = context;
  struct edge_nand_word_counts counts = {0, 0, 0};
  for (size_t page = first; page < end; page++) {
    uint8_t *data = job->changed + page * job->data_stride;
    const uint8_t *codes = job->stored + page * job->code_stride;
    const uint8_t *written = NULL;
    if (job->written != NULL) written = job->written + page * job->written_stride;
    for (size_t word = 0; word < job->words; word++) {
      const size_t place = word * WORD_BYTES;
      correct_word(&job->code, data + place, stored_checks(codes, word),
                   written == NULL ? NULL : written + place, &counts);
    }
  }
  atomic_fetch_add(&job->fixed, counts.fixed);
  atomic_fetch_add(&job->lost, counts.lost);
  atomic_fetch_add(&job->miscorrected, counts.miscorrected);
}

void edge_nand_words_encode(size_t page_bytes, const uint8_t *data, size_t data_stride,
                            uint8_t *codes, size_t code_stride, size_t pages, uint32_t threads) {
  struct job job = {.words = page_bytes / WORD_BYTES, .data = data, .codes = codes,
                    .data_stride = data_stride, .code_stride = code_stride};
  if (edge_nand_words_size(page_bytes) == 0) return;
  edge_nand_hamming_init(&job.code, 8 * WORD_BYTES);
  edge_nand_split(pages, threads, encode, &job);
}

void edge_nand_words_correct(size_t page_bytes, uint8_t *data, size_t data_stride,
                             const uint8_t *codes, size_t code_stride, const uint8_t *written,
                             size_t written_stride, size_t pages, uint32_t threads,
                             struct edge_nand_word_counts *counts) {
  struct job job = {.words = page_bytes / WORD_BYTES, .changed = data, .stored = codes,
                    .written = written, .data_stride = data_stride, .code_stride = code_stride,
                    .written_stride = written_stride};
  if (edge_nand_words_size(page_bytes) == 0) return;
  edge_nand_hamming_init(&job.code, 8 * WORD_BYTES);
  edge_nand_split(pages, threads, correct, &job);
  counts->fixed += atomic_load(&job.fixed);
  counts->lost += atomic_load(&job.lost);
  counts->miscorrected += atomic_load(&job.miscorrected);
}
