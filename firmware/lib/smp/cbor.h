/* CBOR as SMP uses it: a map with text keys in each direction (RFC 8949).
 *
 * Reading: `edge_cbor_check` goes over a whole map once; after that the getters need no care. Taken
 * are integers, definite byte and text strings, booleans, null, arrays and maps, the last two also
 * of indefinite length; at most EDGE_CBOR_DEPTH levels, every map's keys short texts without
 * doubles. Tags, floats and chunked strings are refused. A key whose value is null counts as
 * absent.
 *
 * Writing: maps and arrays of indefinite length, so that nobody has to count ahead. What does not
 * fit sets `full` and writes nothing more.
 */
#ifndef EDGESDK_SMP_CBOR_H
#define EDGESDK_SMP_CBOR_H

#include <stdbool.h>
#include <stdint.h>

enum { EDGE_CBOR_DEPTH = 4, EDGE_CBOR_PAIRS = 24, EDGE_CBOR_KEY = 31 };

/* A map as it lies in a buffer. */
struct edge_cbor_map {
    const uint8_t *data;
    uint32_t bytes;
};

/* Bytes or text inside a buffer, not ended by a zero. */
struct edge_cbor_span {
    const uint8_t *data;
    uint32_t bytes;
};

/* Whether the bytes are one well-formed map of the kind above and nothing behind it. */
bool edge_cbor_check(struct edge_cbor_map map);

/* The getters: false where the key is absent or its value is of another kind or too large; `out` is
 * then unchanged. For a field that may be absent:
 *     uint32_t image = 0;
 *     if (edge_cbor_has(map, "image") && !edge_cbor_get_u32(map, "image", &image)) return ...;
 */
bool edge_cbor_has(struct edge_cbor_map map, const char *key);
bool edge_cbor_get_u32(struct edge_cbor_map map, const char *key, uint32_t *out);
bool edge_cbor_get_bool(struct edge_cbor_map map, const char *key, bool *out);
bool edge_cbor_get_bytes(struct edge_cbor_map map, const char *key, struct edge_cbor_span *out);
bool edge_cbor_get_text(struct edge_cbor_map map, const char *key, struct edge_cbor_span *out);
/* Bytes of exactly that length, copied. */
bool edge_cbor_get_exactly(struct edge_cbor_map map, const char *key, uint8_t *out, uint32_t bytes);
bool edge_cbor_get_map(struct edge_cbor_map map, const char *key, struct edge_cbor_map *out);
/* Whether a text is this C string. */
bool edge_cbor_is(struct edge_cbor_span text, const char *word);

struct edge_cbor_writer {
    uint8_t *data;
    uint32_t room;  /* bytes that fit */
    uint32_t bytes; /* bytes written */
    bool full;      /* something did not fit */
};

/* `key` is NULL inside an array. */
void edge_cbor_put_u32(struct edge_cbor_writer *writer, const char *key, uint32_t value);
void edge_cbor_put_u64(struct edge_cbor_writer *writer, const char *key, uint64_t value);
void edge_cbor_put_bool(struct edge_cbor_writer *writer, const char *key, bool value);
void edge_cbor_put_text(struct edge_cbor_writer *writer, const char *key, const char *text);
void edge_cbor_put_span(struct edge_cbor_writer *writer, const char *key,
                        struct edge_cbor_span text);
void edge_cbor_put_bytes(struct edge_cbor_writer *writer, const char *key, const uint8_t *data,
                         uint32_t bytes);
/* Room for a byte string that the caller fills; NULL where it does not fit. */
uint8_t *edge_cbor_reserve(struct edge_cbor_writer *writer, const char *key, uint32_t bytes);
void edge_cbor_open_map(struct edge_cbor_writer *writer, const char *key);
void edge_cbor_open_array(struct edge_cbor_writer *writer, const char *key);
void edge_cbor_close(struct edge_cbor_writer *writer); /* ends the map or array opened last */

#endif
