/* Sixteen floats as 16 / WIDTH vectors of the compiler. Included once by each form. */
#include <stdint.h>
#include <string.h>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wpsabi" /* everything here is inlined: no call passes a vector */
#endif

#define INLINE static inline __attribute__((always_inline, unused))

typedef float float_part __attribute__((vector_size(4 * WIDTH)));
typedef int32_t int_part __attribute__((vector_size(4 * WIDTH)));
typedef uint32_t uint_part __attribute__((vector_size(4 * WIDTH)));
typedef int8_t byte_part __attribute__((vector_size(WIDTH)));
/* The same anywhere in memory. */
typedef float_part loose_floats __attribute__((aligned(4), may_alias));
typedef int_part loose_ints __attribute__((aligned(4), may_alias));
typedef struct { float_part part[16 / WIDTH]; } lanes;
typedef struct { int_part part[16 / WIDTH]; } int_lanes;

/* The same expression for each part, written out: compilers keep such a struct in registers. */
#if WIDTH == 16
#define EACH(E) {{E(0)}}
#elif WIDTH == 8
#define EACH(E) {{E(0), E(1)}}
#else
#define EACH(E) {{E(0), E(1), E(2), E(3)}}
#endif

#define BINARY(name, type, operation)                      \
  INLINE type name(type x, type y) {                       \
    return (type)EACH(operation);                          \
  }
#define PLUS(i) x.part[i] + y.part[i]
#define MINUS(i) x.part[i] - y.part[i]
#define TIMES(i) x.part[i] * y.part[i]
#define OVER(i) x.part[i] / y.part[i]
#define BOTH(i) x.part[i] & y.part[i]
#define EITHER(i) x.part[i] | y.part[i]
#define WITHOUT(i) x.part[i] & ~y.part[i]
BINARY(plus, lanes, PLUS)
BINARY(minus, lanes, MINUS)
BINARY(times, lanes, TIMES)
BINARY(over, lanes, OVER)
#define WRAPPING_PLUS(i) (int_part)((uint_part)x.part[i] + (uint_part)y.part[i])
BINARY(int_plus, int_lanes, WRAPPING_PLUS) /* what came of a NaN may wrap */
BINARY(int_minus, int_lanes, MINUS)
BINARY(both, int_lanes, BOTH)
BINARY(either, int_lanes, EITHER)
BINARY(without, int_lanes, WITHOUT)

INLINE int_lanes greater(lanes x, lanes y) {
#define E(i) x.part[i] > y.part[i]
  return (int_lanes)EACH(E);
#undef E
}

INLINE int_lanes bits(lanes x) {
#define E(i) (int_part)x.part[i]
  return (int_lanes)EACH(E);
#undef E
}

INLINE lanes of_bits(int_lanes x) {
#define E(i) (float_part)x.part[i]
  return (lanes)EACH(E);
#undef E
}

INLINE lanes splat(float value) {
#define E(i) value - (float_part){0}
  return (lanes)EACH(E);
#undef E
}

INLINE int_lanes int_splat(int32_t value) {
#define E(i) value - (int_part){0}
  return (int_lanes)EACH(E);
#undef E
}

INLINE int_lanes shift_left(int_lanes x, int places) {
#define E(i) x.part[i] << places
  return (int_lanes)EACH(E);
#undef E
}

INLINE int_lanes shift_right(int_lanes x, int places) {
#define E(i) x.part[i] >> places
  return (int_lanes)EACH(E);
#undef E
}

INLINE lanes to_float(int_lanes x) {
#define E(i) __builtin_convertvector(x.part[i], float_part)
  return (lanes)EACH(E);
#undef E
}

INLINE lanes load(const float *from) {
#define E(i) *(const loose_floats *)(from + WIDTH * (i))
  return (lanes)EACH(E);
#undef E
}

INLINE void store(float *to, lanes x) {
  for (int i = 0; i < 16 / WIDTH; i++) *(loose_floats *)(to + WIDTH * i) = x.part[i];
}

INLINE int_lanes load_int(const int32_t *from) {
#define E(i) *(const loose_ints *)(from + WIDTH * (i))
  return (int_lanes)EACH(E);
#undef E
}

/* The first `count` floats, zeros after them. */
INLINE lanes load_some(const float *from, uint32_t count) {
  if (count >= 16) return load(from);
  float some[16] = {0};
  memcpy(some, from, 4 * count);
  return load(some);
}

INLINE void store_some(float *to, lanes x, uint32_t count) {
  if (count >= 16) {
    store(to, x);
  } else {
    memcpy(to, &x, 4 * count);
  }
}

INLINE int_lanes load_int_some(const int32_t *from, uint32_t count) {
  if (count >= 16) return load_int(from);
  int32_t some[16] = {0};
  memcpy(some, from, 4 * count);
  return load_int(some);
}

#ifndef OWN_BYTES /* compilers make poor code of these for x86 */
INLINE int_lanes load_bytes(const int8_t *from) {
  struct { byte_part part[16 / WIDTH]; } x;
  memcpy(&x, from, 16);
#define E(i) __builtin_convertvector(x.part[i], int_part)
  return (int_lanes)EACH(E);
#undef E
}

/* The low byte of each lane. */
INLINE void store_bytes(int8_t *to, int_lanes x) {
#define E(i) __builtin_convertvector(x.part[i], byte_part)
  struct { byte_part part[16 / WIDTH]; } low = EACH(E);
#undef E
  memcpy(to, &low, 16);
}
#endif

INLINE lanes choose(int_lanes mask, lanes yes, lanes no) {
  return of_bits(either(both(bits(yes), mask), without(bits(no), mask)));
}

INLINE int_lanes int_larger(int_lanes x, int_lanes y) {
#define E(i) x.part[i] > y.part[i]
  const int_lanes mask = EACH(E);
#undef E
  return either(both(x, mask), without(y, mask));
}

INLINE lanes larger(lanes x, lanes y) { return choose(greater(x, y), x, y); }
INLINE lanes smaller(lanes x, lanes y) { return choose(greater(x, y), y, x); }

/* Lanes by halves: l + 8, l + 4, l + 2, l + 1. */
INLINE float fold(lanes x) {
  float some[16];
  store(some, x);
  for (int half = 8; half; half /= 2)
    for (int i = 0; i < half; i++) some[i] += some[i + half];
  return some[0];
}

INLINE float fold_larger(lanes x) {
  float some[16], most;
  store(some, x);
  most = some[0];
  for (int i = 1; i < 16; i++) most = some[i] > most ? some[i] : most;
  return most;
}

INLINE int32_t fold_int_larger(int_lanes x) {
  int32_t some[16], most;
  memcpy(some, &x, sizeof some);
  most = some[0];
  for (int i = 1; i < 16; i++) most = some[i] > most ? some[i] : most;
  return most;
}

INLINE int32_t fold_int(int_lanes x) {
  uint32_t some[16], sum = 0; /* what came of a NaN may wrap */
  memcpy(some, &x, sizeof some);
  for (int i = 0; i < 16; i++) sum += some[i];
  return (int32_t)sum;
}
