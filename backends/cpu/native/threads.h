/* Threads that stay, and do one piece of work together at a time. */
#ifndef EDGE_DECODER_THREADS_H
#define EDGE_DECODER_THREADS_H

#include <stdint.h>

struct edge_pool;

/* Fewer threads where the system gives no more; NULL without memory. */
struct edge_pool *edge_pool_new(uint32_t threads);
void edge_pool_free(struct edge_pool *pool);
uint32_t edge_pool_threads(const struct edge_pool *pool);
/* Run work(context, thread) for every thread 0 .. threads - 1, the caller's being 0. */
void edge_pool_run(struct edge_pool *pool, void (*work)(void *context, uint32_t thread),
                   void *context);
/* Called by every thread within work: returns when all have come. */
void edge_pool_barrier(struct edge_pool *pool);

#endif
