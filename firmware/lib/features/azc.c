#include "azc.h"

#include <string.h>

#include "ratio.h"
#include "time.h"

enum { END = 65535 };

/* A piece of the signal between two samples that are kept. */
struct piece {
    const int16_t *samples; /* its first */
    uint32_t length;        /* steps to its last */
    uint32_t stride;
};

/* The sample furthest from the piece's line, 0 if none is off it; *distance: its distance, times
 * the piece's length. A distance is below 2^16 and a length below 2^15, so that this fits 32 bits,
 * though the two products it is the difference of only do so together: they may wrap. */
static uint32_t furthest(const struct piece *piece, uint32_t *distance) {
    const int16_t *sample = piece->samples;
    int32_t length = (int32_t)piece->length;
    uint32_t line = (uint32_t)(*sample * length), at = 0; /* line: times length, modulo 2^32 */
    uint32_t rise = (uint32_t)(sample[piece->length * piece->stride] - *sample);
    *distance = 0;
    for (uint32_t i = 1; i < piece->length; i++) {
        sample += piece->stride;
        line += rise;
        int32_t off = (int32_t)((uint32_t)(*sample * length) - line);
        uint32_t size = off < 0 ? 0u - (uint32_t)off : (uint32_t)off;
        if (size > *distance) {
            *distance = size;
            at = i;
        }
    }
    return at;
}

/* The lowest integer tolerance that such a distance is not above. */
static uint32_t ceiling(uint32_t distance, uint32_t length) {
    return (distance + length - 1) / length;
}

static uint32_t smaller(uint32_t a, uint32_t b) { return a < b ? a : b; }

void edge_azc_levels(const int16_t *samples, uint32_t count, uint32_t stride, uint16_t smallest,
                     uint16_t *levels) {
    if (count == 0 || count > EDGE_TIME_LONGEST) return;
    memset(levels, 0, count * sizeof *levels);
    levels[0] = levels[count - 1] = END;
    uint32_t start = 0, end = count - 1;
    while (start < count - 1) {
        struct piece piece = {samples + start * stride, end - start, stride};
        uint32_t distance, at = furthest(&piece, &distance);
        /* A sample is only kept where its piece's ends are: their levels bound its own. */
        uint32_t ends = smaller(levels[start], levels[end]);
        uint32_t level = smaller(ceiling(distance, end - start), ends);
        if (level > smallest) {
            end = start + at;
            levels[end] = (uint16_t)level;
        } else {
            start = end++;
            while (end < count - 1 && levels[end] == 0) end++;
        }
    }
}

int32_t edge_azc_count(const int16_t *samples, uint32_t count, uint32_t stride,
                       const uint16_t *levels, uint16_t tolerance) {
    int32_t changes = 0, direction = 0, before = *samples;
    for (uint32_t i = 1; i < count; i++) {
        if (levels[i] <= tolerance && i != count - 1) continue;
        int32_t here = samples[i * stride];
        int32_t now = here > before ? 1 : here < before ? -1 : direction;
        changes += now != direction && direction != 0;
        direction = now;
        before = here;
    }
    return changes;
}

int32_t edge_time_azc(const int16_t *samples, uint32_t count, uint32_t stride, uint16_t tolerance,
                      uint16_t *scratch) {
    if (count < 3 || count > EDGE_TIME_LONGEST) return 0;
    edge_azc_levels(samples, count, stride, tolerance, scratch);
    return edge_azc_count(samples, count, stride, scratch, tolerance);
}
