/* Memory that is taken from the system page by page, as it is touched. */
#define _DEFAULT_SOURCE
#include <sys/mman.h>

#include "engine.h"

#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif

void *edge_map(size_t bytes) {
  void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return memory == MAP_FAILED ? NULL : memory;
}

void edge_unmap(void *memory, size_t bytes) {
  if (memory) munmap(memory, bytes);
}
