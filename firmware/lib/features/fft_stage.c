#include "fft_stage.h"

#define INLINE static inline __attribute__((always_inline))

/* Q31: sin(60 deg); sine and cosine of 72 and 144 deg. */
enum {
    SINE_60 = 1859775393,
    SINE_72 = 2042378317,
    SINE_144 = 1262259218,
    COSINE_72 = 663608942,
    COSINE_144 = -1737350766,
};

struct turn {
    int32_t cosine, sine;
};

INLINE struct edge_point sum(struct edge_point a, struct edge_point b) {
    return (struct edge_point){a.re + b.re, a.im + b.im};
}

INLINE struct edge_point difference(struct edge_point a, struct edge_point b) {
    return (struct edge_point){a.re - b.re, a.im - b.im};
}

/* a - i b, and a + i b. */
INLINE struct edge_point behind(struct edge_point a, struct edge_point b) {
    return (struct edge_point){a.re + b.im, a.im - b.re};
}

INLINE struct edge_point ahead(struct edge_point a, struct edge_point b) {
    return (struct edge_point){a.re - b.im, a.im + b.re};
}

INLINE struct edge_point doubled(struct edge_point x) {
    return (struct edge_point){2 * x.re, 2 * x.im};
}

/* a * x + b * y, factors Q31, of x and y that are doubled. */
INLINE struct edge_point mix(int32_t a, struct edge_point x, int32_t b, struct edge_point y) {
    return (struct edge_point){
        edge_plus_high(edge_high_product(a, x.re), b, y.re),
        edge_plus_high(edge_high_product(a, x.im), b, y.im),
    };
}

INLINE struct edge_point times(int32_t a, struct edge_point x) {
    return (struct edge_point){edge_high_product(a, x.re), edge_high_product(a, x.im)};
}

INLINE struct edge_point halved(struct edge_point x) {
    return (struct edge_point){edge_halved(x.re), edge_halved(x.im)};
}

/* The point that a butterfly takes in place `index`, halved; without turns, all are by nothing. */
INLINE struct edge_point taken(const struct edge_point *at, uint32_t span, uint32_t index,
                               const struct turn *turns) {
    const struct edge_point x = at[index * span];
    if (index == 0 || turns == 0) return halved(x);
    return edge_turned(x, turns[index - 1].cosine, turns[index - 1].sine);
}

INLINE uint32_t given(struct edge_point *at, struct edge_point x) {
    *at = x;
    return edge_folded_point(x);
}

INLINE uint32_t butterfly2(struct edge_point *at, uint32_t span, const struct turn *turns) {
    const struct edge_point a = taken(at, span, 0, turns), b = taken(at, span, 1, turns);
    return given(at, sum(a, b)) | given(at + span, difference(a, b));
}

INLINE uint32_t butterfly3(struct edge_point *at, uint32_t span, const struct turn *turns) {
    const struct edge_point a = taken(at, span, 0, turns), b = taken(at, span, 1, turns),
                            c = taken(at, span, 2, turns), both = sum(b, c);
    const struct edge_point middle = difference(a, halved(both));
    const struct edge_point side = times(SINE_60, doubled(difference(b, c)));
    return given(at, sum(a, both)) | given(at + span, behind(middle, side)) |
           given(at + 2 * span, ahead(middle, side));
}

INLINE uint32_t butterfly4(struct edge_point *at, uint32_t span, const struct turn *turns) {
    const struct edge_point a = taken(at, span, 0, turns), b = taken(at, span, 1, turns),
                            c = taken(at, span, 2, turns), d = taken(at, span, 3, turns);
    const struct edge_point even = sum(a, c), odd = sum(b, d);
    const struct edge_point even_rest = difference(a, c), odd_rest = difference(b, d);
    return given(at, sum(even, odd)) | given(at + span, behind(even_rest, odd_rest)) |
           given(at + 2 * span, difference(even, odd)) |
           given(at + 3 * span, ahead(even_rest, odd_rest));
}

INLINE uint32_t butterfly5(struct edge_point *at, uint32_t span, const struct turn *turns) {
    const struct edge_point a = taken(at, span, 0, turns), b = taken(at, span, 1, turns),
                            c = taken(at, span, 2, turns), d = taken(at, span, 3, turns),
                            e = taken(at, span, 4, turns);
    const struct edge_point outer = sum(b, e), inner = sum(c, d);
    const struct edge_point outer2 = doubled(outer), inner2 = doubled(inner);
    const struct edge_point outer_rest = doubled(difference(b, e));
    const struct edge_point inner_rest = doubled(difference(c, d));
    const struct edge_point middle1 = sum(a, mix(COSINE_72, outer2, COSINE_144, inner2));
    const struct edge_point middle2 = sum(a, mix(COSINE_144, outer2, COSINE_72, inner2));
    const struct edge_point side1 = mix(SINE_72, outer_rest, SINE_144, inner_rest);
    const struct edge_point side2 = mix(SINE_144, outer_rest, -SINE_72, inner_rest);
    return given(at, sum(a, sum(outer, inner))) | given(at + span, behind(middle1, side1)) |
           given(at + 2 * span, behind(middle2, side2)) |
           given(at + 3 * span, ahead(middle2, side2)) |
           given(at + 4 * span, ahead(middle1, side1));
}

/* By 2 pi k / length. */
INLINE struct turn turn_by(const struct edge_fft *fft, uint32_t k) {
    const uint32_t quarter = fft->length / 4;
    uint32_t quarters = 0;
    for (; k > quarter; k -= quarter) quarters++;
    const struct turn turn = {fft->quarter_sine[quarter - k], fft->quarter_sine[k]};
    if (quarters == 0) return turn;
    if (quarters == 1) return (struct turn){-turn.sine, turn.cosine};
    if (quarters == 2) return (struct turn){-turn.cosine, -turn.sine};
    return (struct turn){turn.sine, -turn.cosine};
}

typedef uint32_t butterfly(struct edge_point *at, uint32_t span, const struct turn *turns);

/* All butterflies of a stage; the turns that they need are found once for each place in a group.
 * Those of place 0 turn by nothing. */
INLINE uint32_t stage(butterfly *one, const struct edge_fft *fft, uint32_t radix, uint32_t span,
                      uint32_t points, struct edge_point *data) {
    const uint32_t group = radix * span, step = fft->length / group;
    struct turn turns[4];
    uint32_t folded = 0;
    for (uint32_t i = 0; i < points; i += group) folded |= one(data + i, span, 0);
    for (uint32_t place = 1; place < span; place++) {
        for (uint32_t q = 1; q < radix; q++) turns[q - 1] = turn_by(fft, place * q * step);
        for (uint32_t i = place; i < points; i += group) folded |= one(data + i, span, turns);
    }
    return folded;
}

uint32_t edge_fft_stage(const struct edge_fft *fft, uint32_t radix, uint32_t span, uint32_t points,
                        struct edge_point *data) {
    if (radix == 2) return stage(butterfly2, fft, 2, span, points, data);
    if (radix == 3) return stage(butterfly3, fft, 3, span, points, data);
    if (radix == 4) return stage(butterfly4, fft, 4, span, points, data);
    return stage(butterfly5, fft, 5, span, points, data);
}
