/* Finding SMP messages in a byte stream, in whichever framing they come. */
#include "frame.h"

enum state {
    IDLE,           /* before a frame */
    JUNK,           /* until a zero or a newline */
    COBS_CODE,      /* a block's length comes next */
    COBS_DATA,      /* inside a block */
    START_MARK,     /* 06 was seen, 09 must follow */
    CONTINUE_MARK,  /* 04 was seen, 14 (hexadecimal) must follow */
    LINE,           /* inside a console line */
    LINE_ENDED,     /* after a line whose frame is not whole */
};

enum { START_1 = 0x06, START_2 = 0x09, CONTINUE_1 = 0x04, CONTINUE_2 = 0x14 };
/* What a request's COBS frame begins with: the second byte of a header is zero, and the first one of
 * a read request of v1 too. */
enum { COBS_READ = 0x01, COBS_WRITE = 0x02 };
enum { LENGTH_FIELD = 2, NO_DIGIT = 64 };

void edge_frame_start(struct edge_frame_reader *reader, uint8_t *message, uint32_t room) {
    *reader = (struct edge_frame_reader){.message = message, .room = room};
}

uint16_t edge_crc16(uint16_t crc, const uint8_t *data, uint32_t bytes) {
    /* What four bits add to the remainder. */
    static const uint16_t table[16] = {
        0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50A5, 0x60C6, 0x70E7,
        0x8108, 0x9129, 0xA14A, 0xB16B, 0xC18C, 0xD1AD, 0xE1CE, 0xF1EF,
    };
    for (uint32_t i = 0; i < bytes; i++) {
        crc = (uint16_t)(crc << 4) ^ table[(crc >> 12) ^ (data[i] >> 4)];
        crc = (uint16_t)(crc << 4) ^ table[(crc >> 12) ^ (data[i] & 15)];
    }
    return crc;
}

/* A message followed by its CRC leaves no remainder. */
static bool is_whole(struct edge_frame_reader *reader) {
    reader->state = IDLE;
    if (reader->bytes <= EDGE_FRAME_CHECK) return false;
    if (edge_crc16(0, reader->message, reader->bytes) != 0) return false;
    reader->bytes -= EDGE_FRAME_CHECK;
    return true;
}

static void store(struct edge_frame_reader *reader, uint8_t byte) {
    if (reader->bytes == reader->room) {
        reader->state = JUNK;
    } else {
        reader->message[reader->bytes++] = byte;
    }
}

static void begin_cobs(struct edge_frame_reader *reader) {
    reader->framing = EDGE_FRAMING_COBS;
    reader->bytes = 0;
    reader->zero_follows = false;
    reader->state = COBS_CODE;
}

static bool take_cobs(struct edge_frame_reader *reader, uint8_t byte) {
    if (reader->state == COBS_DATA) {
        if (--reader->code == 0) reader->state = COBS_CODE;
        store(reader, byte);
        return false;
    }
    reader->code = (uint8_t)(byte - 1);
    reader->state = reader->code > 0 ? COBS_DATA : COBS_CODE;
    if (reader->zero_follows) store(reader, 0);
    reader->zero_follows = byte != 0xFF;
    return false;
}

static void begin_console(struct edge_frame_reader *reader) {
    reader->framing = EDGE_FRAMING_CONSOLE;
    reader->bytes = 0;
    reader->length_bytes = 0;
    reader->expected = 0;
    reader->bits = 0;
    reader->group = 0;
}

static void begin_line(struct edge_frame_reader *reader) {
    reader->state = LINE;
    reader->padded = false;
}

/* The first two bytes are the length; the others are kept. */
static void store_console(struct edge_frame_reader *reader, uint8_t byte) {
    if (reader->length_bytes < LENGTH_FIELD) {
        reader->expected = (uint16_t)(reader->expected << 8 | byte);
        reader->length_bytes++;
    } else if (reader->bytes < reader->expected) {
        store(reader, byte);
    } else {
        reader->state = JUNK;
    }
}

static uint32_t digit_value(uint8_t character) {
    if (character >= 'A' && character <= 'Z') return (uint32_t)character - 'A';
    if (character >= 'a' && character <= 'z') return (uint32_t)character - 'a' + 26;
    if (character >= '0' && character <= '9') return (uint32_t)character - '0' + 52;
    return character == '+' ? 62 : character == '/' ? 63 : NO_DIGIT;
}

static void take_digit(struct edge_frame_reader *reader, uint8_t character) {
    uint32_t value = digit_value(character);
    if (value == NO_DIGIT || reader->padded) {
        reader->state = JUNK;
        return;
    }
    reader->group = reader->group << 6 | value;
    reader->bits = (uint8_t)(reader->bits + 6);
    if (reader->bits < 8) return;
    reader->bits = (uint8_t)(reader->bits - 8);
    store_console(reader, (uint8_t)(reader->group >> reader->bits));
}

static bool end_line(struct edge_frame_reader *reader) {
    bool all = reader->length_bytes == LENGTH_FIELD && reader->bytes == reader->expected;
    if (all) return is_whole(reader);
    reader->state = LINE_ENDED;
    return false;
}

static bool take_line(struct edge_frame_reader *reader, uint8_t byte) {
    if (byte == '\n') return end_line(reader);
    if (byte == '\r') return false;
    if (byte == '=') {
        reader->padded = true;
        reader->bits = 0;
    } else {
        take_digit(reader, byte);
    }
    return false;
}

/* Outside a frame, or between two lines of one. */
static void take_outside(struct edge_frame_reader *reader, uint8_t byte) {
    if (byte == START_1) {
        reader->state = START_MARK;
    } else if (byte == CONTINUE_1 && reader->state == LINE_ENDED) {
        reader->state = CONTINUE_MARK;
    } else if (byte == '\n' || byte == '\r') {
        if (reader->state == JUNK) reader->state = IDLE;
    } else if ((byte == COBS_READ || byte == COBS_WRITE) && reader->state != JUNK) {
        begin_cobs(reader);
        take_cobs(reader, byte);
    } else {
        reader->state = JUNK;
    }
}

static void take_mark(struct edge_frame_reader *reader, uint8_t byte) {
    bool starts = reader->state == START_MARK;
    if (byte != (starts ? START_2 : CONTINUE_2)) {
        reader->state = JUNK;
        return;
    }
    if (starts) begin_console(reader);
    begin_line(reader);
}

/* A zero ends a COBS frame, and whatever else there was. */
static bool take_zero(struct edge_frame_reader *reader) {
    bool ends_frame = reader->state == COBS_CODE;
    reader->state = IDLE;
    return ends_frame && is_whole(reader);
}

bool edge_frame_take(struct edge_frame_reader *reader, uint8_t byte) {
    reader->heard = true;
    if (byte == 0) return take_zero(reader);
    switch (reader->state) {
    case COBS_CODE:
    case COBS_DATA: return take_cobs(reader, byte);
    case LINE: return take_line(reader, byte);
    case START_MARK:
    case CONTINUE_MARK: take_mark(reader, byte); return false;
    default: take_outside(reader, byte); return false;
    }
}

void edge_frame_idle(struct edge_frame_reader *reader, uint32_t now) {
    if (reader->heard) {
        reader->heard = false;
        reader->silent_since = now;
    } else if (now - reader->silent_since >= EDGE_FRAME_SILENCE_MS) {
        reader->state = IDLE;
    }
}
