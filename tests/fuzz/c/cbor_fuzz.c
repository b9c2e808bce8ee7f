/* Any bytes as the body of a request: refused, or every look-up stays inside them. */
#include <stdlib.h>
#include <string.h>

#include "smp/cbor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void within(struct edge_cbor_map map, const uint8_t *data, uint32_t bytes) {
    if (data < map.data || bytes > map.bytes || data + bytes > map.data + map.bytes) abort();
}

static void look_up(struct edge_cbor_map map, const char *key, uint32_t levels) {
    struct edge_cbor_span span;
    struct edge_cbor_map inner;
    uint8_t exact[32];
    uint32_t number;
    bool truth;
    uint32_t kinds = 0;
    kinds += edge_cbor_get_u32(map, key, &number);
    kinds += edge_cbor_get_bool(map, key, &truth);
    if (edge_cbor_get_bytes(map, key, &span)) {
        within(map, span.data, span.bytes);
        if (edge_cbor_get_exactly(map, key, exact, sizeof exact) != (span.bytes == 32)) abort();
        kinds++;
    }
    if (edge_cbor_get_text(map, key, &span)) {
        within(map, span.data, span.bytes);
        kinds++;
    }
    if (edge_cbor_get_map(map, key, &inner)) {
        within(map, inner.data, inner.bytes);
        if (!edge_cbor_check(inner)) abort(); /* a part of what was checked */
        if (levels > 0) look_up(inner, key, levels - 1);
        kinds++;
    }
    if (kinds > 1 || (kinds == 1 && !edge_cbor_has(map, key))) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const keys[] = {"", "a", "off", "data", "image", "hash", "sha"};
    uint8_t *copy = malloc(size ? size : 1); /* of exactly the right size */
    if (copy == NULL) abort();
    memcpy(copy, data, size);
    struct edge_cbor_map map = {copy, (uint32_t)size};
    if (edge_cbor_check(map)) {
        for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) look_up(map, keys[i], 8);
    }
    free(copy);
    return 0;
}
