/* The largest logits of a quantised head, computed again from float rows. */
#include "engine.h"

struct candidate {
  float logit;
  uint32_t token;
};

/* Whether a is a worse candidate: a smaller logit, or the same of a later token. */
static int worse(const struct candidate *a, const struct candidate *b) {
  return a->logit < b->logit || (a->logit == b->logit && a->token > b->token);
}

/* A heap whose root is its worst candidate. */
static void sink(struct candidate *heap, uint32_t count, uint32_t at) {
  for (;;) {
    uint32_t worst = at;
    for (uint32_t child = 2 * at + 1; child <= 2 * at + 2; child++)
      if (child < count && worse(&heap[child], &heap[worst])) worst = child;
    if (worst == at) return;
    const struct candidate moved = heap[at];
    heap[at] = heap[worst];
    heap[worst] = moved;
    at = worst;
  }
}

void edge_rescore(struct edge_decoder *decoder, const float *x, float *logits) {
  struct candidate heap[EDGE_MOST_RESCORED];
  const uint32_t count = decoder->rescore;
  for (uint32_t i = 0; i < count; i++) heap[i] = (struct candidate){logits[i], i};
  for (uint32_t i = count; i-- > 0;) sink(heap, count, i);
  for (uint32_t token = count; token < decoder->shape.vocabulary; token++) {
    if (!(logits[token] > heap[0].logit)) continue;
    heap[0] = (struct candidate){logits[token], token};
    sink(heap, count, 0);
  }
  for (uint32_t i = 0; i < count; i++)
    edge_check(decoder, logits[heap[i].token] = edge_row_dot(decoder, &decoder->weights.exact,
                                                             heap[i].token, x));
}
