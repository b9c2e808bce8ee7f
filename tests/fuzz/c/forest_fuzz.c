/* Any bytes as a packed forest: refused, or scored without reading outside it.
 *
 * The first byte says over how many values. Forest, values and codes have memory of their own of
 * exactly the right size, so that the sanitizers see every byte too far. */
#include <stdlib.h>
#include <string.h>

#include "forest/forest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Values at the ends of 32 bits, around 0, and some of no pattern. */
static int32_t value(uint32_t round, uint32_t i) {
    static const int32_t ends[] = {INT32_MIN, -1, 0, 1, INT32_MAX};
    const uint32_t mixed = (round * 40503u + i) * 2654435761u;
    return round < 5 ? ends[(round + i) % 5] : (int32_t)(mixed >> 1) - INT32_MAX / 2;
}

static void score(const struct edge_forest *forest, uint32_t features) {
    int32_t *values = malloc(features ? features * sizeof *values : 1);
    int16_t *codes = malloc(forest->code_count ? forest->code_count * sizeof *codes : 1);
    if (values == NULL || codes == NULL) abort();
    for (uint32_t round = 0; round < 8; round++) {
        for (uint32_t i = 0; i < features; i++) values[i] = value(round, i);
        edge_forest_codes(forest, values, codes);
        if (edge_forest_score(forest, values) != edge_forest_score(forest, values)) abort();
    }
    free(values);
    free(codes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0 || size > UINT16_MAX) return 0;
    const uint32_t features = data[0], bytes = (uint32_t)size - 1;
    uint8_t *content = malloc(bytes ? bytes : 1);
    struct edge_forest forest;
    if (content == NULL) abort();
    memcpy(content, data + 1, bytes);
    if (edge_forest_check(content, bytes, features, &forest)) score(&forest, features);
    free(content);
    return 0;
}
