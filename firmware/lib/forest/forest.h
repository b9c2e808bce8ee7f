/* A forest of decision trees: the sum of one leaf of each tree, in integers.
 *
 * docs/forest.md is the format's specification. A forest is read in place (from flash) and never
 * changed. It comes from outside, so edge_forest_check proves once that every walk ends at a leaf
 * inside the content, whatever the bytes and the values are; scoring has no checks left to do.
 */
#ifndef EDGESDK_FOREST_FOREST_H
#define EDGESDK_FOREST_FOREST_H

#include <stdbool.h>
#include <stdint.h>

/* cffi:begin */
#define EDGE_FOREST_FORMAT 1
#define EDGE_FOREST_CODES 256    /* most of one forest; scoring has them on its stack */
#define EDGE_FOREST_DEEPEST 64   /* most turns to the left on the way to a leaf */
#define EDGE_FOREST_MOST_SHIFT 16
#define EDGE_FOREST_MOST_BITS 24 /* fraction bits of a score */
#define EDGE_FOREST_WIDE 15      /* code bits: all that a halfword has beside the mark of a leaf */

/* Makes an int16 of a value: clamp((value - offset) >> shift). Two codes may be of one value. */
struct edge_forest_code {
    int32_t offset;
    uint16_t value; /* its number */
    uint8_t shift;
    uint8_t zero;
};

/* A checked forest. Valid for as long as the content stays where it is. */
struct edge_forest {
    const struct edge_forest_code *codes;
    const uint16_t *trees; /* one behind the other */
    uint32_t code_count, tree_count;
    int32_t base;           /* what a score begins with */
    uint32_t fraction_bits; /* a score s stands for s / 2^fraction_bits */
    uint32_t code_bits;     /* of a split's first halfword; with EDGE_FOREST_WIDE it has a third */
};

/* Whether it is a forest over so many values. `content` must be four-byte aligned; *out is valid
 * only after true. */
bool edge_forest_check(const uint8_t *content, uint32_t bytes, uint32_t features,
                       struct edge_forest *out);

/* values[features] -> codes[code_count] */
void edge_forest_codes(const struct edge_forest *forest, const int32_t *values, int16_t *codes);

/* values[features] -> the sum of the leaves they lead to, and of the base: never beyond 32 bits. */
int32_t edge_forest_score(const struct edge_forest *forest, const int32_t *values);
/* cffi:end */

#endif
