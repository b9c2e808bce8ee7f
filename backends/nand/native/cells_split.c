/* Pages do not depend on each other, so that the result is the same for any number of threads. */
#include "cells_split.h"

#include <pthread.h>
#include <stdbool.h>

struct share {
  edge_nand_work *work;
  void *context;
  size_t first, end;
  uint32_t index;
};

static void *run(void *argument) {
  const struct share *share = argument;
  share->work(share->context, share->first, share->end, share->index);
  return NULL;
}

void edge_nand_split(size_t pages, uint32_t threads, edge_nand_work *work, void *context) {
  struct share shares[EDGE_NAND_MOST_THREADS];
  pthread_t handles[EDGE_NAND_MOST_THREADS];
  bool started[EDGE_NAND_MOST_THREADS];
  if (threads > EDGE_NAND_MOST_THREADS) threads = EDGE_NAND_MOST_THREADS;
  if (threads > pages) threads = (uint32_t)pages;
  if (threads == 0) threads = 1;
  for (uint32_t i = 0; i < threads; i++) {
    shares[i] = (struct share){work, context, pages * i / threads, pages * (i + 1) / threads, i};
    started[i] = i > 0 && pthread_create(&handles[i], NULL, run, &shares[i]) == 0;
  }
  for (uint32_t i = 0; i < threads; i++) {
    if (started[i]) continue;
    run(&shares[i]); /* the first, and any that the system has no thread for */
  }
  for (uint32_t i = 0; i < threads; i++) {
    if (started[i]) pthread_join(handles[i], NULL);
  }
}
