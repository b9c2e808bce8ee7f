#ifndef EDGE_NAND_CELLS_SPLIT_H
#define EDGE_NAND_CELLS_SPLIT_H

#include <stddef.h>
#include <stdint.h>

enum { EDGE_NAND_MOST_THREADS = 64 };

/* Works on pages, or rows, [first, end); `share` counts the calls of one run from 0. */
typedef void edge_nand_work(void *context, size_t first, size_t end, uint32_t share);

/* Calls the work once for each of up to `threads` shares of the pages, at the same time where the
 * system gives threads; returns when all are done. */
void edge_nand_split(size_t pages, uint32_t threads, edge_nand_work *work, void *context);

#endif
