/* The pool. Waiting spins for some microseconds, then sleeps: nothing runs while nothing is to do.
 *
 * A child of fork() has no threads but its own; the pool starts them again there.
 */
#define _DEFAULT_SOURCE
#include "threads.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum { SPINS = 3000, CACHE_LINE = 64 };

/* A number that changes, and those who wait for that. */
struct gate {
  _Alignas(CACHE_LINE) _Atomic uint32_t turn;
  _Atomic uint32_t sleepers;
  pthread_mutex_t lock;
  pthread_cond_t opened;
};

struct edge_pool {
  struct gate start, end;
  _Alignas(CACHE_LINE) _Atomic uint32_t arrived;
  void (*work)(void *context, uint32_t thread);
  void *context;
  int stopping;
  uint32_t wanted, threads;
  pid_t process;
  struct member *members; /* [wanted - 1] */
};

struct member {
  struct edge_pool *pool;
  pthread_t handle;
  uint32_t index, seen;
};

static void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb");
#endif
}

static void gate_init(struct gate *gate) {
  atomic_init(&gate->turn, 0);
  atomic_init(&gate->sleepers, 0);
  pthread_mutex_init(&gate->lock, NULL);
  pthread_cond_init(&gate->opened, NULL);
}

static void gate_destroy(struct gate *gate) {
  pthread_mutex_destroy(&gate->lock);
  pthread_cond_destroy(&gate->opened);
}

static void gate_wait(struct gate *gate, uint32_t seen) {
  for (int i = 0; i < SPINS; i++) {
    if (atomic_load_explicit(&gate->turn, memory_order_acquire) != seen) return;
    relax();
  }
  pthread_mutex_lock(&gate->lock);
  /* Counted before the number is read again, as gate_open changes it before it reads the count. */
  atomic_fetch_add(&gate->sleepers, 1);
  while (atomic_load(&gate->turn) == seen) pthread_cond_wait(&gate->opened, &gate->lock);
  atomic_fetch_sub(&gate->sleepers, 1);
  pthread_mutex_unlock(&gate->lock);
}

static void gate_open(struct gate *gate) {
  atomic_fetch_add(&gate->turn, 1);
  if (atomic_load(&gate->sleepers) == 0) return;
  pthread_mutex_lock(&gate->lock);
  pthread_cond_broadcast(&gate->opened);
  pthread_mutex_unlock(&gate->lock);
}

void edge_pool_barrier(struct edge_pool *pool) {
  if (pool->threads == 1) return;
  const uint32_t turn = atomic_load_explicit(&pool->end.turn, memory_order_relaxed);
  if (atomic_fetch_add(&pool->arrived, 1) + 1 == pool->threads) {
    atomic_store_explicit(&pool->arrived, 0, memory_order_relaxed);
    gate_open(&pool->end);
  } else {
    gate_wait(&pool->end, turn);
  }
}

static void *serve(void *argument) {
  struct member *member = argument;
  struct edge_pool *pool = member->pool;
  for (;;) {
    gate_wait(&pool->start, member->seen++);
    if (pool->stopping) return NULL;
    pool->work(pool->context, member->index);
    edge_pool_barrier(pool);
  }
}

/* With every signal blocked, so that Ctrl-C is the caller's thread's. */
static void start_members(struct edge_pool *pool) {
  sigset_t all, before;
  gate_init(&pool->start);
  gate_init(&pool->end);
  atomic_init(&pool->arrived, 0);
  pool->process = getpid();
  pool->threads = 1;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  while (pool->threads < pool->wanted) {
    struct member *member = &pool->members[pool->threads - 1];
    *member = (struct member){.pool = pool, .index = pool->threads};
    if (pthread_create(&member->handle, NULL, serve, member) != 0) break;
    pool->threads++;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

struct edge_pool *edge_pool_new(uint32_t threads) {
  struct edge_pool *pool = aligned_alloc(CACHE_LINE, sizeof *pool);
  if (!pool) return NULL;
  *pool = (struct edge_pool){.wanted = threads ? threads : 1};
  pool->members = calloc(pool->wanted, sizeof *pool->members);
  if (!pool->members) {
    free(pool);
    return NULL;
  }
  start_members(pool);
  pool->wanted = pool->threads; /* a child process has scratch for no more */
  return pool;
}

void edge_pool_free(struct edge_pool *pool) {
  if (!pool) return;
  if (pool->process == getpid()) {
    pool->stopping = 1;
    gate_open(&pool->start);
    for (uint32_t i = 0; i + 1 < pool->threads; i++)
      pthread_join(pool->members[i].handle, NULL);
    gate_destroy(&pool->start);
    gate_destroy(&pool->end);
  }
  free(pool->members);
  free(pool);
}

uint32_t edge_pool_threads(const struct edge_pool *pool) { return pool->threads; }

void edge_pool_run(struct edge_pool *pool, void (*work)(void *context, uint32_t thread),
                   void *context) {
  if (pool->process != getpid()) start_members(pool);
  pool->work = work;
  pool->context = context;
  if (pool->threads > 1) gate_open(&pool->start);
  work(context, 0);
  edge_pool_barrier(pool);
}
