#include "forest.h"

enum {
    MAGIC = 0x52464445,     /* "EDFR" */
    LEAF = 1,               /* of a node's first halfword */
    NARROW = 2, WIDE = 3,   /* halfwords of a split */
    LARGEST_BASE = 1 << 30, /* with 65535 leaves of 15 bits a sum stays within 32 */
};

struct header {
    uint32_t magic;
    uint8_t format;
    uint8_t code_bits;
    uint8_t fraction_bits;
    uint8_t zero;
    uint16_t values;
    uint16_t codes;
    uint16_t trees;
    uint16_t zeros;
    int32_t base;
    uint32_t halfwords; /* of all trees */
};

static bool is_wide(const struct edge_forest *forest) {
    return forest->code_bits == EDGE_FOREST_WIDE;
}

static uint32_t split_size(bool wide) { return wide ? WIDE : NARROW; }

/* Halfwords of a tree, or of a part of one: with n splits it has n + 1 leaves. */
static uint32_t tree_size(uint32_t splits, bool wide) {
    return splits * (split_size(wide) + 1) + 1;
}

/* A split's code, from the upper bits of its first halfword. */
static uint32_t code_of(uint32_t head, uint32_t code_bits) { return head >> (16 - code_bits); }

/* Halfwords of what hangs on the left of a split; how many splits that is stands between the code
 * and the lowest bit, or in a halfword of its own. */
static uint32_t left_size(const uint16_t *split, uint32_t head, uint32_t code_bits, bool wide) {
    const uint32_t below_code = (1u << (16 - code_bits)) - 1;
    return tree_size(wide ? split[2] : (head & below_code) / 2, wide);
}

/* Whether trees[at .. end) is one tree. It is read front to back: what hangs on the left of a split
 * comes first and must end where the split says, and the rest of the split's own room is its right.
 * So each node is the child of one split, and lies behind it. */
static bool check_tree(const struct edge_forest *forest, uint32_t at, uint32_t end) {
    uint32_t ends[EDGE_FOREST_DEEPEST], depth = 0; /* of the splits whose right is still to come */
    const uint32_t size = split_size(is_wide(forest));
    for (;;) {
        const uint16_t *node = forest->trees + at;
        if ((*node & LEAF) != 0) {
            if (at + 1 != end) return false;
            if (depth == 0) return true;
            at = end;
            end = ends[--depth];
            continue;
        }
        if (end - at < size + 2 || depth == EDGE_FOREST_DEEPEST) return false;
        uint32_t left = left_size(node, *node, forest->code_bits, is_wide(forest));
        if (left >= end - at - size || code_of(*node, forest->code_bits) >= forest->code_count)
            return false;
        ends[depth++] = end;
        at += size;
        end = at + left;
    }
}

static bool check_trees(const struct edge_forest *forest, uint32_t halfwords) {
    uint32_t at = 0;
    for (uint32_t tree = 0; tree < forest->tree_count; tree++) {
        if (at == halfwords) return false;
        uint32_t size = tree_size(forest->trees[at++], is_wide(forest));
        if (size > halfwords - at || !check_tree(forest, at, at + size)) return false;
        at += size;
    }
    return at == halfwords;
}

static bool check_codes(const struct edge_forest *forest, uint32_t values) {
    for (uint32_t i = 0; i < forest->code_count; i++) {
        const struct edge_forest_code *code = &forest->codes[i];
        if (code->value >= values || code->shift > EDGE_FOREST_MOST_SHIFT || code->zero != 0)
            return false;
    }
    return true;
}

static bool check_header(const struct header *header, uint32_t bytes) {
    const uint64_t needed = sizeof *header + 2 * (uint64_t)header->halfwords +
                            header->codes * sizeof(struct edge_forest_code);
    return header->magic == MAGIC && header->format == EDGE_FOREST_FORMAT &&
           header->code_bits >= 1 && header->code_bits <= EDGE_FOREST_WIDE &&
           header->fraction_bits <= EDGE_FOREST_MOST_BITS && header->zero == 0 &&
           header->zeros == 0 && header->codes <= EDGE_FOREST_CODES && header->trees != 0 &&
           header->base >= -LARGEST_BASE && header->base <= LARGEST_BASE && needed == bytes;
}

bool edge_forest_check(const uint8_t *content, uint32_t bytes, uint32_t features,
                       struct edge_forest *out) {
    const struct header *header = (const struct header *)(const void *)content;
    if ((uintptr_t)content % sizeof(uint32_t) != 0 || bytes < sizeof *header) return false;
    if (!check_header(header, bytes) || header->values != features) return false;
    out->codes = (const struct edge_forest_code *)(const void *)(header + 1);
    out->trees = (const uint16_t *)(const void *)(out->codes + header->codes);
    out->code_count = header->codes;
    out->tree_count = header->trees;
    out->base = header->base;
    out->fraction_bits = header->fraction_bits;
    out->code_bits = header->code_bits;
    return check_codes(out, features) && check_trees(out, header->halfwords);
}

static int32_t clamp(int64_t number, int32_t lowest, int32_t highest) {
    return (int32_t)(number < lowest ? lowest : number > highest ? highest : number);
}

/* A difference beyond 32 bits is beyond 16 after every shift that there is, so saturating it first
 * changes nothing, and takes one instruction. */
void edge_forest_codes(const struct edge_forest *forest, const int32_t *values, int16_t *codes) {
    for (uint32_t i = 0; i < forest->code_count; i++) {
        const struct edge_forest_code *code = &forest->codes[i];
        const int64_t exact = (int64_t)values[code->value] - code->offset;
        const int32_t difference = clamp(exact, INT32_MIN, INT32_MAX);
        codes[i] = (int16_t)clamp(difference >> code->shift, INT16_MIN, INT16_MAX);
    }
}

/* The left child follows its parent; behind what hangs on it lies the right one. Which of the two
 * comes next takes no branch: a step adds the size of the left side, or nothing. */
static inline int32_t sum(const struct edge_forest *forest, const int16_t *codes, bool wide) {
    const uint16_t *tree = forest->trees;
    const uint32_t code_bits = forest->code_bits;
    int32_t sum = forest->base;
    for (uint32_t left = forest->tree_count; left > 0; left--) {
        const uint16_t *node = tree + 1;
        uint32_t head;
        tree = node + tree_size(*tree, wide);
        while (((head = *node) & LEAF) == 0) {
            const uint32_t left_side = left_size(node, head, code_bits, wide);
            const bool right = codes[code_of(head, code_bits)] >= (int16_t)node[1];
            node += split_size(wide) + (right ? left_side : 0);
        }
        sum += (int16_t)head >> 1;
    }
    return sum;
}

int32_t edge_forest_score(const struct edge_forest *forest, const int32_t *values) {
    int16_t codes[EDGE_FOREST_CODES];
    edge_forest_codes(forest, values, codes);
    return is_wide(forest) ? sum(forest, codes, true) : sum(forest, codes, false);
}
