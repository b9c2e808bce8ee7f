#include "curves16.h"

#include "fixed_point.h"

static int32_t multiply(int32_t a, int32_t b) {
    return a == INT16_MIN && b == INT16_MIN ? INT16_MAX : (a * b + (1 << 14)) >> 15;
}

static int32_t saturated(int32_t x) { return edge_clamped(x, INT16_MIN, INT16_MAX); }

/* exp(x) for x in [-1/4, 0), both Q0.15: Taylor's series around -1/8. */
static int32_t near_zero(int32_t x) {
    const int32_t at_middle = 28918, third = 10923; /* exp(-1/8), 1/3 */
    int32_t middle = x + (1 << 12);
    int32_t square = multiply(middle, middle), cube = multiply(square, middle);
    int32_t fourth = edge_divide_power(multiply(square, square), 2);
    int32_t rest = edge_divide_power(multiply(fourth + cube, third) + square, 1);
    return saturated(at_middle + multiply(at_middle, middle + rest));
}

/* exp(x) as Q0.15 for x <= 0 with `bits` bits before the point. */
static int32_t exponential(int32_t x, uint32_t bits) {
    /* exp(-1/4), exp(-1/2), exp(-1), ... */
    static const int16_t powers[] = {25520, 19875, 12055, 4435, 600, 11, 0};
    uint32_t fraction = 15u - bits;
    if (x == 0) return INT16_MAX;
    if (bits > 5 && x < -(1 << (20 - (int32_t)bits))) return 0; /* below -32 */
    int32_t quarter = 1 << (fraction - 2u), within = (x & (quarter - 1)) - quarter;
    int32_t result = near_zero(saturated(within * (1 << bits)));
    uint32_t rest = (uint32_t)(within - x) >> (fraction - 2u);
    for (uint32_t i = 0; i < 7 && i < bits + 2u; i++, rest >>= 1)
        if (rest & 1u) result = multiply(result, powers[i]);
    return result;
}

/* 2 / (1 + x) as Q2.13 for x in [0, 1] as Q0.15. Three steps of Newton's iteration. */
static int32_t two_over_one_plus(int32_t x) {
    int32_t half = (x + INT16_MAX + 1) / 2;
    int32_t y = 23130 + multiply(half, -15420); /* 48/17, -32/17 */
    for (int step = 0; step < 3; step++)
        y += saturated(multiply(y, (1 << 13) - multiply(half, y)) * 4);
    return y;
}

int32_t edge_logistic16(int32_t x) {
    if (x == 0) return 1 << 14;
    int32_t above = saturated(two_over_one_plus(exponential(x < 0 ? x : -x, 3)) * 2);
    return x > 0 ? above : INT16_MAX - above;
}

int32_t edge_tanh16(int32_t x, uint32_t bits) {
    if (x == 0) return 0;
    int32_t y = two_over_one_plus(exponential(x < 0 ? x : -x, bits + 1u));
    int32_t size = saturated((y - (1 << 13)) * 4);
    return x < 0 ? -size : size;
}
