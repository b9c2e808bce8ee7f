/* The DSP instructions of the Cortex-M33 that kernels use, and the same in C for every other
 * machine, so that one source runs on the device and on the host. Armv8-M Architecture Reference.
 */
#ifndef EDGESDK_NN_DSP_H
#define EDGESDK_NN_DSP_H

#include <stdint.h>
#include <string.h>

/* Four bytes, wherever they lie. */
static inline uint32_t edge_word(const void *at) {
    uint32_t word;
    memcpy(&word, at, 4);
    return word;
}

#if defined(__ARM_FEATURE_DSP)
#include <arm_acle.h>

/* Two halfwords: bytes 0 and 2 of b with their signs, each added to a's halfword. */
static inline uint32_t edge_sxtab16(uint32_t a, uint32_t b) {
    return (uint32_t)__sxtab16((int16x2_t)a, (int8x4_t)b);
}
/* The same of bytes 1 and 3. */
static inline uint32_t edge_sxtab16_odd(uint32_t a, uint32_t b) {
    uint32_t sum;
    __asm("sxtab16 %0, %1, %2, ror #8" : "=r"(sum) : "r"(a), "r"(b));
    return sum;
}
static inline uint32_t edge_sxtb16(uint32_t b) { return (uint32_t)__sxtb16((int8x4_t)b); }
static inline uint32_t edge_sxtb16_odd(uint32_t b) {
    uint32_t halves;
    __asm("sxtb16 %0, %1, ror #8" : "=r"(halves) : "r"(b));
    return halves;
}
/* sum + a.low * b.low + a.high * b.high */
static inline int32_t edge_smlad(uint32_t a, uint32_t b, int32_t sum) {
    return __smlad((int16x2_t)a, (int16x2_t)b, sum);
}
static inline int32_t edge_smlabb(uint32_t a, uint32_t b, int32_t sum) {
    return __smlabb((int32_t)a, (int32_t)b, sum);
}
static inline int32_t edge_smlatt(uint32_t a, uint32_t b, int32_t sum) {
    return __smlatt((int32_t)a, (int32_t)b, sum);
}
/* (a * b + 2^31) / 2^32, rounded down */
static inline int32_t edge_smmulr(int32_t a, int32_t b) {
    int32_t high;
    __asm("smmulr %0, %1, %2" : "=r"(high) : "r"(a), "r"(b));
    return high;
}
static inline int32_t edge_saturated_byte(int32_t x) {
    int32_t byte;
    __asm("ssat %0, #8, %1" : "=r"(byte) : "r"(x));
    return byte;
}
/* To the right, by any amount that a malformed plan may hold. */
static inline int32_t edge_shifted(int32_t x, int32_t by) {
    int32_t shifted;
    __asm("asr %0, %1, %2" : "=r"(shifted) : "r"(x), "r"(by));
    return shifted;
}
/* Of each of the four signed bytes the larger one. */
static inline uint32_t edge_larger_bytes(uint32_t a, uint32_t b) {
    uint32_t larger;
    __asm("ssub8 %0, %1, %2\n\tsel %0, %1, %2" : "=&r"(larger) : "r"(a), "r"(b) : "cc");
    return larger;
}

#else

static inline uint32_t edge_halves(int32_t low, int32_t high) {
    return ((uint32_t)low & 0xFFFFu) | (uint32_t)high << 16;
}
static inline int32_t edge_low(uint32_t x) { return (int16_t)(x & 0xFFFFu); }
static inline int32_t edge_high(uint32_t x) { return (int16_t)(x >> 16); }
static inline int32_t edge_byte(uint32_t x, unsigned n) { return (int8_t)(x >> (8u * n) & 0xFFu); }

static inline uint32_t edge_sxtab16(uint32_t a, uint32_t b) {
    return edge_halves(edge_low(a) + edge_byte(b, 0), edge_high(a) + edge_byte(b, 2));
}
static inline uint32_t edge_sxtab16_odd(uint32_t a, uint32_t b) {
    return edge_halves(edge_low(a) + edge_byte(b, 1), edge_high(a) + edge_byte(b, 3));
}
static inline uint32_t edge_sxtb16(uint32_t b) { return edge_sxtab16(0, b); }
static inline uint32_t edge_sxtb16_odd(uint32_t b) { return edge_sxtab16_odd(0, b); }
static inline int32_t edge_smlad(uint32_t a, uint32_t b, int32_t sum) {
    const int32_t products = (int32_t)((uint32_t)(edge_low(a) * edge_low(b)) +
                                       (uint32_t)(edge_high(a) * edge_high(b)));
    return (int32_t)((uint32_t)sum + (uint32_t)products);
}
static inline int32_t edge_smlabb(uint32_t a, uint32_t b, int32_t sum) {
    return (int32_t)((uint32_t)sum + (uint32_t)(edge_low(a) * edge_low(b)));
}
static inline int32_t edge_smlatt(uint32_t a, uint32_t b, int32_t sum) {
    return (int32_t)((uint32_t)sum + (uint32_t)(edge_high(a) * edge_high(b)));
}
static inline int32_t edge_smmulr(int32_t a, int32_t b) {
    return (int32_t)(((int64_t)a * b + (INT64_C(1) << 31)) >> 32);
}
static inline int32_t edge_shifted(int32_t x, int32_t by) { return x >> (by & 31); }
static inline int32_t edge_saturated_byte(int32_t x) { return x < -128 ? -128 : x > 127 ? 127 : x; }
static inline uint32_t edge_larger_bytes(uint32_t a, uint32_t b) {
    uint32_t larger = 0;
    for (unsigned n = 0; n < 4; n++)
        larger |= ((edge_byte(a, n) > edge_byte(b, n) ? a : b) & (0xFFu << (8u * n)));
    return larger;
}

#endif
#endif
