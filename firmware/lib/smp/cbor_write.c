/* Writing CBOR. Once something did not fit, nothing more is written. */
#include <string.h>

#include "cbor.h"

enum { UINT = 0, BYTES = 2, TEXT = 3, ARRAY = 4, MAP = 5, SIMPLE = 7 };
enum { FALSE_VALUE = 20, TRUE_VALUE = 21, INDEFINITE = 31, BREAK = 0xFF };

/* Room for so many bytes, taken; NULL where there is none. */
static uint8_t *take(struct edge_cbor_writer *writer, uint32_t bytes) {
    if (writer->full || writer->room - writer->bytes < bytes) {
        writer->full = true;
        return NULL;
    }
    uint8_t *begin = writer->data + writer->bytes;
    writer->bytes += bytes;
    return begin;
}

static void put_byte(struct edge_cbor_writer *writer, uint32_t byte) {
    uint8_t *out = take(writer, 1);
    if (out != NULL) *out = (uint8_t)byte;
}

static void put_raw(struct edge_cbor_writer *writer, const void *data, uint32_t bytes) {
    uint8_t *out = take(writer, bytes);
    if (out != NULL && bytes > 0) memcpy(out, data, bytes);
}

/* The shortest head for a number. */
static void put_head(struct edge_cbor_writer *writer, uint32_t major, uint64_t value) {
    if (value < 24) {
        put_byte(writer, major << 5 | (uint32_t)value);
        return;
    }
    uint32_t power = value <= 0xFF ? 0 : value <= 0xFFFF ? 1 : value <= UINT32_MAX ? 2 : 3;
    put_byte(writer, major << 5 | (24 + power));
    for (uint32_t left = 1u << power; left > 0; left--) {
        put_byte(writer, (uint32_t)(value >> (8 * (left - 1))) & 0xFF);
    }
}

static void put_string(struct edge_cbor_writer *writer, const char *text) {
    uint32_t bytes = 0;
    while (text[bytes] != '\0') bytes++;
    put_head(writer, TEXT, bytes);
    put_raw(writer, text, bytes);
}

static void put_key(struct edge_cbor_writer *writer, const char *key) {
    if (key != NULL) put_string(writer, key);
}

void edge_cbor_put_u64(struct edge_cbor_writer *writer, const char *key, uint64_t value) {
    put_key(writer, key);
    put_head(writer, UINT, value);
}

void edge_cbor_put_u32(struct edge_cbor_writer *writer, const char *key, uint32_t value) {
    edge_cbor_put_u64(writer, key, value);
}

void edge_cbor_put_bool(struct edge_cbor_writer *writer, const char *key, bool value) {
    put_key(writer, key);
    put_head(writer, SIMPLE, value ? TRUE_VALUE : FALSE_VALUE);
}

void edge_cbor_put_text(struct edge_cbor_writer *writer, const char *key, const char *text) {
    put_key(writer, key);
    put_string(writer, text);
}

void edge_cbor_put_span(struct edge_cbor_writer *writer, const char *key,
                        struct edge_cbor_span text) {
    put_key(writer, key);
    put_head(writer, TEXT, text.bytes);
    put_raw(writer, text.data, text.bytes);
}

uint8_t *edge_cbor_reserve(struct edge_cbor_writer *writer, const char *key, uint32_t bytes) {
    put_key(writer, key);
    put_head(writer, BYTES, bytes);
    return take(writer, bytes);
}

void edge_cbor_put_bytes(struct edge_cbor_writer *writer, const char *key, const uint8_t *data,
                         uint32_t bytes) {
    put_key(writer, key);
    put_head(writer, BYTES, bytes);
    put_raw(writer, data, bytes);
}

void edge_cbor_open_map(struct edge_cbor_writer *writer, const char *key) {
    put_key(writer, key);
    put_byte(writer, MAP << 5 | INDEFINITE);
}

void edge_cbor_open_array(struct edge_cbor_writer *writer, const char *key) {
    put_key(writer, key);
    put_byte(writer, ARRAY << 5 | INDEFINITE);
}

void edge_cbor_close(struct edge_cbor_writer *writer) {
    put_byte(writer, BREAK);
}
