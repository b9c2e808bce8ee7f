#include "fixed_math.h"

/* Q15 of 1 / sqrt(x) in the middle of each of 96 pieces of [1/4, 1). */
static const uint16_t inverse_roots[96] = {
    65030, 64052, 63117, 62222, 61363, 60540, 59748, 58987, 58254, 57548, 56867, 56210,
    55574, 54960, 54366, 53791, 53233, 52693, 52169, 51660, 51165, 50685, 50218, 49763,
    49321, 48890, 48470, 48061, 47663, 47273, 46894, 46523, 46161, 45807, 45462, 45124,
    44793, 44470, 44153, 43843, 43540, 43243, 42951, 42666, 42386, 42112, 41843, 41579,
    41320, 41065, 40816, 40571, 40330, 40093, 39861, 39632, 39408, 39187, 38970, 38756,
    38546, 38340, 38136, 37936, 37739, 37545, 37354, 37166, 36980, 36798, 36618, 36441,
    36266, 36093, 35924, 35756, 35591, 35428, 35267, 35109, 34953, 34798, 34646, 34496,
    34347, 34201, 34056, 33913, 33772, 33633, 33496, 33360, 33225, 33093, 32962, 32832,
};

static uint32_t high(uint32_t a, uint32_t b) { return (uint32_t)((uint64_t)a * b >> 32); }

/* Newton: y (3 - x y^2) / 2; x Q32, y Q30. */
static uint32_t refined(uint32_t y, uint32_t x) {
    const uint32_t rest = (UINT32_C(3) << 28) - high(high(y, y), x); /* Q28 */
    return (uint32_t)((uint64_t)y * rest >> 29);
}

uint32_t edge_quick_root(uint64_t x) {
    if (x == 0) return 0;
    const int32_t left = __builtin_clzll(x) & ~1; /* at least 2 */
    const uint32_t top = (uint32_t)(x << left >> 32);
    uint32_t y = (uint32_t)inverse_roots[(top >> 25) - 32] << 15;
    y = refined(refined(y, top), top);
    return (uint32_t)edge_rounded((uint64_t)top * y >> 30, left / 2);
}

/* Q31 of 1 / c in the middles c of 16 pieces of [1, 2), and Q30 of log2(c). */
static const uint32_t piece_inverse[16] = {
    2082408386, 1963413621, 1857283155, 1762037865, 1676084798, 1598127366,
    1527099483, 1462116526, 1402438301, 1347440720, 1296593901, 1249445032,
    1205604855, 1164736894, 1126548799, 1090785345,
};
static const int32_t piece_log2[16] = {
    47667823,  138816582, 224898839, 306448299, 383918542, 457698295,
    528123241, 595485245, 660039669, 722011214, 781598636, 838978603,
    894308843, 947730758, 999371606, 1049346328,
};

/* a + b * x, x Q31. */
static int32_t horner(int32_t a, int32_t b, int32_t x) {
    return a + (int32_t)(((int64_t)b * x + (INT64_C(1) << 30)) >> 31);
}

/* log2(1 + z), z within 1/32; Q30 of Q31: the logarithm's series. */
static int32_t log2_near_one(int32_t z) {
    int32_t sum = horner(-387270501, 309816401, z); /* -1/4, 1/5 */
    sum = horner(516360668, sum, z);                /* 1/3 */
    sum = horner(-774541003, sum, z);               /* -1/2 */
    sum = horner(1549082005, sum, z);               /* 1, all over ln(2) */
    return horner(0, sum, z);
}

int32_t edge_log2(uint64_t x) {
    if (x == 0) return EDGE_LOG2_OF_ZERO;
    const int32_t zeros = __builtin_clzll(x);
    const uint32_t top = (uint32_t)(x << zeros >> 32); /* Q31, 1 to 2 */
    const uint32_t piece = top >> 27 & 15u;
    const int32_t z = (int32_t)((int64_t)((uint64_t)top * piece_inverse[piece] >> 31) -
                                (INT64_C(1) << 31));
    const int32_t fraction = piece_log2[piece] + log2_near_one(z); /* Q30 */
    return (63 - zeros) * (1 << EDGE_LOG2_BITS) + ((fraction + 32) >> 6);
}

uint32_t edge_exp2_negative(int32_t x) {
    const int32_t whole = x >> EDGE_LOG2_BITS;
    const int32_t part = (x & ((1 << EDGE_LOG2_BITS) - 1)) * (1 << (31 - EDGE_LOG2_BITS));
    if (whole > 31) return 0;
    int32_t power = horner(-2739580, 234908, part); /* fitted to 2^-x on [0, 1), to 2e-9 */
    power = horner(20573019, power, part);
    power = horner(-119166091, power, part);
    power = horner(515877875, power, part);
    power = horner(-1488521950, power, part);
    power = horner(2147483645, power, part);
    return (uint32_t)edge_rounded((uint32_t)power, whole);
}
