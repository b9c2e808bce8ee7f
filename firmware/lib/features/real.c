#include "real.h"

#include "fixed_math.h"
#include "ratio.h"

struct edge_real edge_real(uint64_t x, int32_t exponent) {
    if (x == 0) return (struct edge_real){0, 0};
    const int32_t zeros = __builtin_clzll(x);
    return (struct edge_real){(uint32_t)(x << zeros >> 32), exponent + 32 - zeros};
}

struct edge_real edge_real_wide(const struct edge_wide *x, int32_t exponent) {
    const uint64_t high = x->high + (x->low >> 32);
    if (high >> 32 == 0) return edge_real(high << 32 | (uint32_t)x->low, exponent);
    return edge_real(high, exponent + 32);
}

struct edge_real edge_real_product(struct edge_real a, struct edge_real b) {
    return edge_real((uint64_t)a.mantissa * b.mantissa, a.exponent + b.exponent);
}

struct edge_real edge_real_ratio(struct edge_real a, struct edge_real b) {
    const int32_t quotient = edge_ratio(a.mantissa, b.mantissa, 30);
    return edge_real((uint32_t)quotient, a.exponent - b.exponent - 30);
}

struct edge_real edge_real_root(struct edge_real x) {
    const int32_t left = x.exponent % 2 == 0 ? 32 : 31;
    return edge_real(edge_root((uint64_t)x.mantissa << left), (x.exponent - left) / 2);
}

int32_t edge_real_fixed(struct edge_real x, int32_t fraction_bits) {
    const int32_t left = x.exponent + fraction_bits;
    if (x.mantissa == 0 || left < -32) return 0;
    if (left >= 0) return INT32_MAX;
    const uint64_t fixed = edge_rounded(x.mantissa, -left);
    return fixed > INT32_MAX ? INT32_MAX : (int32_t)fixed;
}
