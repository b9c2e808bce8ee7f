#include "fft.h"

#include <string.h>

#include "fft_order.h"
#include "fft_stage.h"

enum { FILLED = 29 }; /* bits beside the sign that the samples are brought to */

bool edge_fft_length(uint32_t length) {
    struct edge_fft_order order;
    return length % 4 == 0 && length <= EDGE_FFT_LONGEST && edge_fft_order(length / 4, &order);
}

/* It begins with 0, and no sine and cosine together turn a number into a longer one. */
bool edge_fft_check(const struct edge_fft *fft) {
    const int32_t *sine = fft->quarter_sine, *cosine = sine + fft->length / 4;
    if (*sine != 0) return false;
    for (; sine <= fft->quarter_sine + fft->length / 4; sine++, cosine--) {
        if (*sine < 0 || *cosine < 0) return false;
        const uint64_t square = (uint64_t)((int64_t)*sine * *sine + (int64_t)*cosine * *cosine);
        if (square > (UINT64_C(1) << 62) + (UINT64_C(1) << 33)) return false;
    }
    return true;
}

static int32_t bits(uint32_t folded) { return folded == 0 ? 0 : 32 - __builtin_clz(folded); }

/* Shifts to the left, or to the right with rounding where `left` is below 0. */
static void shift(int32_t *data, uint32_t count, int32_t left) {
    if (left >= 0) {
        const int32_t factor = (int32_t)(UINT32_C(1) << left);
        for (uint32_t i = 0; i < count; i++) data[i] *= factor;
        return;
    }
    for (uint32_t i = 0; i < count; i++) data[i] = ((data[i] >> (-left - 1)) + 1) >> 1;
}

/* Shifts so that at most `room` bits beside the sign are used: how far to the right. */
static int32_t make_room(int32_t *data, uint32_t count, uint32_t folded, uint32_t room) {
    const int32_t excess = bits(folded) - (int32_t)room;
    if (excess <= 0) return 0;
    shift(data, count, -excess);
    return excess;
}

/* The even samples are real parts, the odd ones imaginary: bins k and n/2 - k of the real spectrum
 * are even + turned odd and its mirror image, with what the two complex bins have in common. */
static void split(const struct edge_fft *fft, struct edge_point *data) {
    const uint32_t points = fft->length / 2, quarter = fft->length / 4;
    const struct edge_point first = data[0];
    data[0] = (struct edge_point){first.re + first.im, 0};
    data[points] = (struct edge_point){first.re - first.im, 0};
    for (uint32_t k = 1; k <= quarter; k++) {
        const struct edge_point a = data[k], b = data[points - k];
        const struct edge_point even = {edge_halved(a.re + b.re), edge_halved(a.im - b.im)};
        const struct edge_point odd = edge_turned((struct edge_point){a.im + b.im, b.re - a.re},
                                                  fft->quarter_sine[quarter - k],
                                                  fft->quarter_sine[k]);
        data[points - k] = (struct edge_point){even.re - odd.re, odd.im - even.im};
        data[k] = (struct edge_point){even.re + odd.re, even.im + odd.im};
    }
}

/* Brings the samples to FILLED bits: how far to the right. */
static int32_t fill(int32_t *data, uint32_t count, uint32_t folded) {
    const int32_t left = FILLED - bits(folded);
    shift(data, count, left);
    return -left;
}

int32_t edge_fft_real(const struct edge_fft *fft, int32_t *data) {
    struct edge_point *points = (struct edge_point *)(void *)data;
    struct edge_fft_order order;
    uint32_t folded = 0, span = 1;
    for (uint32_t i = 0; i < fft->length; i++) folded |= edge_folded(data[i]);
    data[fft->length] = data[fft->length + 1] = 0;
    if (!edge_fft_order(fft->length / 2, &order)) return 0;
    int32_t exponent = fill(data, fft->length, folded);
    edge_fft_sort(&order, points);
    folded = (UINT32_C(1) << FILLED) - 1;
    for (uint32_t i = 0; i < order.count; span *= order.radices[i++]) {
        exponent += 1 + make_room(data, fft->length, folded, edge_fft_room(order.radices[i]));
        folded = edge_fft_stage(fft, order.radices[i], span, fft->length / 2, points);
    }
    exponent += make_room(data, fft->length, folded, 29);
    split(fft, points);
    return exponent;
}
