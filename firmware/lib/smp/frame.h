/* Two framings of SMP messages on a byte stream, told apart by how a frame begins.
 *
 * console: lines of base64, the first after 06 09, the others after 04 14, each ended by a newline;
 *          inside, the length (two bytes, big-endian), the message and its CRC-16.
 * COBS:    the message and its CRC-16, byte-stuffed so that no byte is zero, and a zero behind it.
 *          A request begins 01 or 02 then, because a header's second byte is zero.
 *
 * Both use CRC-16/XMODEM, big-endian. A byte that can begin neither is junk, and everything up to
 * the next zero or newline with it. Specification: docs/smp-extensions.md.
 */
#ifndef EDGESDK_SMP_FRAME_H
#define EDGESDK_SMP_FRAME_H

#include <stdbool.h>
#include <stdint.h>

enum edge_framing { EDGE_FRAMING_CONSOLE = 0, EDGE_FRAMING_COBS = 1 };

/* A frame that stands still for so long is dropped: a client of the other framing can begin. */
enum { EDGE_FRAME_SILENCE_MS = 250, EDGE_FRAME_CHECK = 2 };

struct edge_frame_reader {
    uint8_t *message; /* where a message is put together, with its CRC behind it */
    uint32_t room;    /* bytes there */
    uint32_t bytes;   /* of the message, once `edge_frame_take` has said that it is whole */
    enum edge_framing framing;

    uint8_t state;         /* where in a frame the last byte was; see frame_read.c */
    uint8_t code;          /* COBS: bytes left in the block */
    bool zero_follows;     /* COBS: a zero stands behind the block, unless the frame ends there */
    bool padded;           /* console: the line has ended but for its newline */
    uint8_t length_bytes;  /* console: bytes of the length that have come */
    uint16_t expected;     /* console: the length: message and CRC */
    uint8_t bits;          /* console: bits that wait in `group` */
    uint32_t group;
    bool heard;            /* bytes have come since the last `edge_frame_idle` */
    uint32_t silent_since; /* ms */
};

void edge_frame_start(struct edge_frame_reader *reader, uint8_t *message, uint32_t room);

/* Takes one byte; true when it ends a whole message with a right CRC. */
bool edge_frame_take(struct edge_frame_reader *reader, uint8_t byte);

/* Nothing has arrived at `now` (ms). Silence counts from the first such call on. */
void edge_frame_idle(struct edge_frame_reader *reader, uint32_t now);

/* Sends a message in a framing; false where `send` is. Its CRC is added. */
bool edge_frame_send(enum edge_framing framing, const uint8_t *message, uint32_t bytes,
                     bool (*send)(const uint8_t *data, uint32_t bytes));

/* CRC-16/XMODEM, going on from `crc`; begin with 0. */
uint16_t edge_crc16(uint16_t crc, const uint8_t *data, uint32_t bytes);

#endif
