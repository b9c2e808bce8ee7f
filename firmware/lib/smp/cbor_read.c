/* Reading CBOR: one check over everything, then look-ups that walk the map each time. */
#include <string.h>

#include "cbor.h"

enum { UINT = 0, NINT = 1, BYTES = 2, TEXT = 3, ARRAY = 4, MAP = 5, SIMPLE = 7 };
enum { FALSE_VALUE = 20, TRUE_VALUE = 21, NULL_VALUE = 22, INDEFINITE = 31, BREAK = 0xFF };

struct cursor {
    const uint8_t *at, *end;
};

/* The first byte of an item and the number that goes with it. */
struct head {
    uint8_t major, info;
    uint64_t value;
};

static bool read_head(struct cursor *in, struct head *out) {
    if (in->at == in->end) return false;
    uint8_t first = *in->at++;
    out->major = first >> 5;
    out->info = first & 31;
    out->value = out->info;
    if (out->info < 24 || out->info == INDEFINITE) return true;
    if (out->info > 27) return false;
    uint32_t bytes = 1u << (out->info - 24);
    if ((uint32_t)(in->end - in->at) < bytes) return false;
    out->value = 0;
    while (bytes-- > 0) out->value = (out->value << 8) | *in->at++;
    return true;
}

static bool at_break(const struct cursor *in) {
    return in->at != in->end && *in->at == BREAK;
}

static bool read_span(struct cursor *in, uint8_t major, struct edge_cbor_span *out) {
    struct head head;
    if (!read_head(in, &head) || head.major != major || head.info == INDEFINITE) return false;
    if (head.value > (uint64_t)(in->end - in->at)) return false;
    out->data = in->at;
    out->bytes = (uint32_t)head.value;
    in->at += out->bytes;
    return true;
}

static bool same(struct edge_cbor_span a, struct edge_cbor_span b) {
    return a.bytes == b.bytes && memcmp(a.data, b.data, a.bytes) == 0;
}

static bool read_new_key(struct cursor *in, struct edge_cbor_span *keys, uint32_t count) {
    struct edge_cbor_span *key = &keys[count];
    if (!read_span(in, TEXT, key) || key->bytes > EDGE_CBOR_KEY) return false;
    for (uint32_t i = 0; i < count; i++) {
        if (same(keys[i], *key)) return false;
    }
    return true;
}

static bool skip(struct cursor *in, uint32_t levels);

/* The pairs of a map whose head was read; `levels` may be nested inside its values. */
static bool skip_pairs(struct cursor *in, const struct head *head, uint32_t levels) {
    struct edge_cbor_span keys[EDGE_CBOR_PAIRS];
    bool open = head->info == INDEFINITE;
    for (uint32_t i = 0; open ? !at_break(in) : i < head->value; i++) {
        if (i == EDGE_CBOR_PAIRS || !read_new_key(in, keys, i) || !skip(in, levels)) return false;
    }
    if (open) in->at++;
    return true;
}

static bool skip_elements(struct cursor *in, const struct head *head, uint32_t levels) {
    bool open = head->info == INDEFINITE;
    for (uint64_t i = 0; open ? !at_break(in) : i < head->value; i++) {
        if (!skip(in, levels)) return false;
    }
    if (open) in->at++;
    return true;
}

/* One item of any kind that is taken. */
static bool skip(struct cursor *in, uint32_t levels) {
    struct cursor begin = *in;
    struct edge_cbor_span span;
    struct head head;
    if (!read_head(in, &head)) return false;
    switch (head.major) {
    case UINT:
    case NINT: return head.info != INDEFINITE;
    case BYTES:
    case TEXT: *in = begin; return read_span(in, head.major, &span);
    case ARRAY: return levels > 0 && skip_elements(in, &head, levels - 1);
    case MAP: return levels > 0 && skip_pairs(in, &head, levels - 1);
    default: return head.major == SIMPLE && head.info >= FALSE_VALUE && head.info <= NULL_VALUE;
    }
}

bool edge_cbor_check(struct edge_cbor_map map) {
    struct cursor in = {map.data, map.data + map.bytes};
    return map.bytes > 0 && *map.data >> 5 == MAP && skip(&in, EDGE_CBOR_DEPTH) && in.at == in.end;
}

bool edge_cbor_is(struct edge_cbor_span text, const char *word) {
    uint32_t i = 0;
    while (i < text.bytes && word[i] != '\0' && text.data[i] == (uint8_t)word[i]) i++;
    return i == text.bytes && word[i] == '\0';
}

/* Puts `value` before the value of a key. The map was checked. */
static bool find(struct edge_cbor_map map, const char *key, struct cursor *value) {
    struct head head;
    value->at = map.data;
    value->end = map.data + map.bytes;
    if (!read_head(value, &head)) return false;
    bool open = head.info == INDEFINITE;
    for (uint64_t i = 0; open ? !at_break(value) : i < head.value; i++) {
        struct edge_cbor_span name;
        if (!read_span(value, TEXT, &name)) return false;
        if (edge_cbor_is(name, key)) return true;
        if (!skip(value, EDGE_CBOR_DEPTH)) return false;
    }
    return false;
}

static bool find_head(struct edge_cbor_map map, const char *key, struct head *head) {
    struct cursor value;
    return find(map, key, &value) && read_head(&value, head);
}

bool edge_cbor_has(struct edge_cbor_map map, const char *key) {
    struct head head;
    return find_head(map, key, &head) && !(head.major == SIMPLE && head.info == NULL_VALUE);
}

bool edge_cbor_get_u32(struct edge_cbor_map map, const char *key, uint32_t *out) {
    struct head head;
    if (!find_head(map, key, &head) || head.major != UINT || head.value > UINT32_MAX) return false;
    *out = (uint32_t)head.value;
    return true;
}

bool edge_cbor_get_bool(struct edge_cbor_map map, const char *key, bool *out) {
    struct head head;
    if (!find_head(map, key, &head) || head.major != SIMPLE || head.info > TRUE_VALUE) return false;
    *out = head.info == TRUE_VALUE;
    return true;
}

static bool get_span(struct edge_cbor_map map, const char *key, uint8_t major,
                     struct edge_cbor_span *out) {
    struct cursor value;
    struct edge_cbor_span found;
    if (!find(map, key, &value) || !read_span(&value, major, &found)) return false;
    *out = found;
    return true;
}

bool edge_cbor_get_bytes(struct edge_cbor_map map, const char *key, struct edge_cbor_span *out) {
    return get_span(map, key, BYTES, out);
}

bool edge_cbor_get_text(struct edge_cbor_map map, const char *key, struct edge_cbor_span *out) {
    return get_span(map, key, TEXT, out);
}

bool edge_cbor_get_exactly(struct edge_cbor_map map, const char *key, uint8_t *out,
                           uint32_t bytes) {
    struct edge_cbor_span found;
    if (!get_span(map, key, BYTES, &found) || found.bytes != bytes) return false;
    memcpy(out, found.data, bytes);
    return true;
}

bool edge_cbor_get_map(struct edge_cbor_map map, const char *key, struct edge_cbor_map *out) {
    struct cursor value;
    if (!find(map, key, &value)) return false;
    const uint8_t *begin = value.at;
    if (begin == value.end || *begin >> 5 != MAP || !skip(&value, EDGE_CBOR_DEPTH)) return false;
    out->data = begin;
    out->bytes = (uint32_t)(value.at - begin);
    return true;
}
