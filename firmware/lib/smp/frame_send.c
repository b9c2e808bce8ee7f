/* Sending an SMP message in the framing in which its request came. */
#include "frame.h"

enum { LONGEST_BLOCK = 254, LINE_DIGITS = 124 };

typedef bool send_bytes(const uint8_t *data, uint32_t bytes);

/* The message with its CRC behind it (and, on a console, its length before it), byte by byte. */
struct source {
    const uint8_t *message;
    uint32_t bytes;
    uint16_t crc;
};

static uint8_t byte_at(const struct source *source, uint32_t index) {
    if (index < source->bytes) return source->message[index];
    return (uint8_t)(index == source->bytes ? source->crc >> 8 : source->crc);
}

/* One block: its code, then up to 254 bytes that are not zero. Returns the bytes it took, a zero
 * that it stands for included. */
static uint32_t fill_block(const struct source *source, uint32_t from, uint32_t end,
                           uint8_t block[LONGEST_BLOCK + 1]) {
    uint32_t count = 0;
    while (count < LONGEST_BLOCK && from + count < end) {
        uint8_t byte = byte_at(source, from + count);
        if (byte == 0) break;
        block[1 + count++] = byte;
    }
    block[0] = (uint8_t)(count + 1);
    return count == LONGEST_BLOCK ? count : count + 1;
}

static bool send_cobs(const struct source *source, send_bytes *send) {
    static const uint8_t delimiter = 0;
    uint8_t block[LONGEST_BLOCK + 1];
    uint32_t end = source->bytes + EDGE_FRAME_CHECK;
    /* A message that ends in a zero needs an empty block behind it: hence `<=`. */
    for (uint32_t at = 0; at <= end;) {
        at += fill_block(source, at, end, block);
        if (!send(block, block[0])) return false;
    }
    return send(&delimiter, 1);
}

/* Byte of a console frame: the length counts the CRC, and not itself. */
static uint32_t console_byte(const struct source *source, uint32_t index) {
    uint32_t length = source->bytes + EDGE_FRAME_CHECK;
    if (index == 0) return length >> 8;
    if (index == 1) return length & 0xFF;
    return byte_at(source, index - 2);
}

/* Four digits for three bytes; `left` may be less than three. */
static void encode_group(const struct source *source, uint32_t at, uint32_t left,
                         uint8_t digits[4]) {
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t group = 0;
    for (uint32_t i = 0; i < 3; i++) {
        group = group << 8 | (i < left ? console_byte(source, at + i) : 0);
    }
    for (uint32_t i = 0; i < 4; i++) {
        bool real = i <= left;
        digits[i] = (uint8_t)(real ? alphabet[group >> (18 - 6 * i) & 63] : '=');
    }
}

static bool send_console(const struct source *source, send_bytes *send) {
    uint8_t line[2 + LINE_DIGITS + 1];
    uint32_t end = 2 + source->bytes + EDGE_FRAME_CHECK;
    for (uint32_t at = 0; at < end;) {
        line[0] = at == 0 ? 0x06 : 0x04;
        line[1] = at == 0 ? 0x09 : 0x14;
        uint32_t used = 2;
        for (; used < 2 + LINE_DIGITS && at < end; used += 4, at += 3) {
            encode_group(source, at, end - at, &line[used]);
        }
        line[used] = '\n';
        if (!send(line, used + 1)) return false;
    }
    return true;
}

bool edge_frame_send(enum edge_framing framing, const uint8_t *message, uint32_t bytes,
                     bool (*send)(const uint8_t *data, uint32_t bytes)) {
    struct source source = {message, bytes, edge_crc16(0, message, bytes)};
    return framing == EDGE_FRAMING_COBS ? send_cobs(&source, send) : send_console(&source, send);
}
