/* Parts of the arena, from the first byte to before the last. */
#ifndef EDGESDK_NN_SPACES_H
#define EDGESDK_NN_SPACES_H

#include <stdbool.h>
#include <stdint.h>

struct edge_space {
    uint64_t first, end;
};

/* Whether two parts share no byte, as memcpy wants it. */
static inline bool edge_apart(struct edge_space one, struct edge_space other) {
    return one.end <= other.first || other.end <= one.first;
}

#endif
