#ifndef EDGE_NAND_SECDED_H
#define EDGE_NAND_SECDED_H

#include <stddef.h>
#include <stdint.h>

/* A Hamming code as tables. Data bit i stands at the i-th position from 3 on that is no power of
 * two; check bit j at position 2^j. A word's checks are the exclusive or of its bytes' entries:
 * the positions of its ones, and above them, as bit `parity_bits`, what makes the whole even. */
struct edge_nand_hamming {
  uint32_t data_bits, parity_bits;
  uint16_t entry[16][256];
};

/* What a word's difference of checks, found against stored, says beside the data bit to flip. */
enum { EDGE_NAND_CLEAN = -1, EDGE_NAND_CHECK_WRONG = -2, EDGE_NAND_LOST = -3 };

/* The fewest check bits that can name each of so many data bits. */
uint32_t edge_nand_parity_bits(uint32_t data_bits);

/* For up to 128 data bits. */
void edge_nand_hamming_init(struct edge_nand_hamming *code, uint32_t data_bits);

/* Without the parity of the whole: what a single wrong bit would be, whatever truly happened. */
int32_t edge_nand_judge_single(const struct edge_nand_hamming *code, uint32_t difference);

/* With it: two wrong bits are EDGE_NAND_LOST. */
int32_t edge_nand_judge_double(const struct edge_nand_hamming *code, uint32_t difference);

/* cffi:begin */
/* Words of 16 bytes, each with 9 check bits: one wrong bit of 137 is corrected, two are found. */
struct edge_nand_word_counts {
  uint64_t fixed;        /* words with one wrong bit, in the data or the checks */
  uint64_t lost;         /* words left as they are: two wrong bits, or more that look so */
  uint64_t miscorrected; /* words that look like one wrong bit, and are not; needs what was written */
};

/* Bytes of the code of a page; 0 where words do not fill it, or it is none or over 65,536 bytes. */
size_t edge_nand_words_size(size_t page_bytes);

/* data [pages][page_bytes], codes [pages][size], each row `stride` bytes after the one before. */
void edge_nand_words_encode(size_t page_bytes, const uint8_t *data, size_t data_stride,
                            uint8_t *codes, size_t code_stride, size_t pages, uint32_t threads);

/* Corrects the data in place and adds to the counts. `written` [pages][page_bytes]: the data before
 * any error; NULL where it is not known. */
void edge_nand_words_correct(size_t page_bytes, uint8_t *data, size_t data_stride,
                             const uint8_t *codes, size_t code_stride, const uint8_t *written,
                             size_t written_stride, size_t pages, uint32_t threads,
                             struct edge_nand_word_counts *counts);
/* cffi:end */

#endif
