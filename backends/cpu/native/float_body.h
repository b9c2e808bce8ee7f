/* The float loops of one form. Its file sets WIDTH, FORM (the struct's name), FORM_NAME, and
 * load_half and store_half over lanes. */

/* A loop over n in steps of 64 with four sums; the rest goes to the sums in the same order. */
#define SUM_OF_64(TERM)                                        \
  lanes s0 = splat(0), s1 = splat(0), s2 = splat(0), s3 = splat(0); \
  uint32_t k = 0;                                              \
  for (; k + 64 <= n; k += 64) {                               \
    s0 = plus(s0, TERM(k, 16));                                \
    s1 = plus(s1, TERM(k + 16, 16));                           \
    s2 = plus(s2, TERM(k + 32, 16));                           \
    s3 = plus(s3, TERM(k + 48, 16));                           \
  }                                                            \
  if (k < n) s0 = plus(s0, TERM(k, n - k));                    \
  if (k + 16 < n) s1 = plus(s1, TERM(k + 16, n - k - 16));     \
  if (k + 32 < n) s2 = plus(s2, TERM(k + 32, n - k - 32));     \
  if (k + 48 < n) s3 = plus(s3, TERM(k + 48, n - k - 48));     \
  const float total = fold(plus(plus(s0, s2), plus(s1, s3)))

/* 1.5 * 2^23: adding it rounds to an integer, ties to even, which is then in the low bits. */
static const float MAGIC = 12582912.0f;
enum { MAGIC_BITS = 0x4B400000 };

static float dot(const float *weights, const float *x, uint32_t n) {
#define TERM(i, count) times(load_some(weights + (i), count), load_some(x + (i), count))
  SUM_OF_64(TERM);
#undef TERM
  return total;
}

INLINE lanes load_half_some(const uint16_t *from, uint32_t count) {
  if (count >= 16) return load_half(from);
  uint16_t some[16] = {0};
  memcpy(some, from, 2 * count);
  return load_half(some);
}

static float dot_half(const uint16_t *weights, const float *x, uint32_t n) {
#define TERM(i, count) times(load_half_some(weights + (i), count), load_some(x + (i), count))
  SUM_OF_64(TERM);
#undef TERM
  return total;
}

static float mean_square(const float *x, uint32_t n) {
#define TERM(i, count) times(load_some(x + (i), count), load_some(x + (i), count))
  SUM_OF_64(TERM);
#undef TERM
  return total / (float)n;
}

static float norm(const float *x, const float *weights, float epsilon, uint32_t n, float *y) {
  const float mean = mean_square(x, n);
  const lanes factor = splat(1.0f / __builtin_sqrtf(mean + epsilon));
  for (uint32_t k = 0; k < n; k += 16) {
    const lanes scaled = times(load_some(x + k, n - k), factor);
    store_some(y + k, times(scaled, load_some(weights + k, n - k)), n - k);
  }
  return mean;
}

/* Magnitudes compare as integers as they do as floats, and NaN is the largest: it is not lost. */
static float absmax(const float *x, uint32_t n) {
  const int_lanes magnitude = int_splat(0x7fffffff);
  int_lanes most = int_splat(0), other = int_splat(0);
  for (uint32_t k = 0; k < n; k += 32) {
    most = int_larger(both(bits(load_some(x + k, n - k)), magnitude), most);
    if (k + 16 < n)
      other = int_larger(both(bits(load_some(x + k + 16, n - k - 16)), magnitude), other);
  }
  const int32_t found = fold_int_larger(int_larger(most, other));
  float value;
  memcpy(&value, &found, sizeof value);
  return value;
}

static int32_t quantise(const float *x, uint32_t n, float factor, int8_t *codes) {
  const lanes scale = splat(factor), magic = splat(MAGIC);
  int_lanes sum = int_splat(0);
  for (uint32_t k = 0; k < n; k += 16) {
    const int_lanes code = bits(plus(times(load_some(x + k, n - k), scale), magic));
    sum = int_plus(sum, int_minus(code, int_splat(MAGIC_BITS)));
    store_bytes(codes + k, code);
  }
  return fold_int(sum);
}

static int32_t quantise_fine(const float *x, uint32_t n, float factor, int8_t *high, int8_t *low) {
  const lanes scale = splat(factor), magic = splat(MAGIC);
  int_lanes sum = int_splat(0);
  for (uint32_t k = 0; k < n; k += 16) {
    const int_lanes code = int_minus(bits(plus(times(load_some(x + k, n - k), scale), magic)),
                                     int_splat(MAGIC_BITS));
    const int_lanes upper = shift_right(int_plus(code, int_splat(64)), 7);
    sum = int_plus(sum, code);
    store_bytes(high + k, upper);
    store_bytes(low + k, int_minus(code, shift_left(upper, 7)));
  }
  return fold_int(sum);
}

static void scale(const int32_t *sums, uint32_t n, float factor, const float *base, float *y) {
  const lanes by = splat(factor);
  for (uint32_t k = 0; k < n; k += 16) {
    lanes value = times(to_float(load_int_some(sums + k, n - k)), by);
    if (base) value = plus(load_some(base + k, n - k), value);
    store_some(y + k, value, n - k);
  }
}

/* e^x as 2^k e^r with |r| <= ln(2) / 2: the series of e^r to r^7, whose rest is below 1e-8. 0 below
 * -86, where subnormal numbers would begin; x <= 88. */
INLINE lanes exponential(lanes x) {
  const lanes magic = splat(MAGIC);
  const int_lanes above = greater(x, splat(-86.0f));
  x = choose(above, x, splat(-86.0f));
  x = smaller(x, splat(88.0f));
  const lanes shifted = plus(times(x, splat(1.44269504f)), magic);
  const lanes k = minus(shifted, magic);
  /* ln(2) in two parts: k times the first one, which has ten bits, is exact. */
  lanes r = minus(x, times(k, splat(0.693359375f)));
  r = plus(r, times(k, splat(2.12194440e-4f)));
  lanes sum = splat(1.0f / 5040);
  sum = plus(times(sum, r), splat(1.0f / 720));
  sum = plus(times(sum, r), splat(1.0f / 120));
  sum = plus(times(sum, r), splat(1.0f / 24));
  sum = plus(times(sum, r), splat(1.0f / 6));
  sum = plus(times(sum, r), splat(0.5f));
  sum = plus(times(sum, r), splat(1.0f));
  sum = plus(times(sum, r), splat(1.0f));
  const int_lanes power = shift_left(int_minus(bits(shifted), int_splat(MAGIC_BITS)), 23);
  return of_bits(both(int_plus(bits(sum), power), above));
}

INLINE lanes silu(lanes x) {
  const lanes one = splat(1.0f);
  return over(x, plus(one, exponential(minus(splat(0), x))));
}

INLINE lanes relu2(lanes x) {
  const lanes zero = splat(0);
  const lanes positive = choose(greater(zero, x), zero, x); /* NaN stays NaN */
  return times(positive, positive);
}

static void activate(uint32_t activation, float *gate, const float *up, uint32_t n) {
  for (uint32_t k = 0; k < n; k += 16) {
    const lanes x = load_some(gate + k, n - k);
    const lanes y = activation == EDGE_SILU ? silu(x) : relu2(x);
    store_some(gate + k, times(y, load_some(up + k, n - k)), n - k);
  }
}

static void rotate(float *head, const float *cosines, const float *sines, uint32_t pairs,
                   float factor) {
  const lanes by = splat(factor);
  for (uint32_t k = 0; k < pairs; k += 16) {
    const uint32_t rest = pairs - k;
    const lanes x = load_some(head + k, rest), y = load_some(head + pairs + k, rest);
    const lanes cosine = load_some(cosines + k, rest), sine = load_some(sines + k, rest);
    store_some(head + k, times(minus(times(x, cosine), times(y, sine)), by), rest);
    store_some(head + pairs + k, times(plus(times(x, sine), times(y, cosine)), by), rest);
  }
}

static void widen_half(const uint16_t *x, uint32_t n, float *y) {
  for (uint32_t k = 0; k < n; k += 16) store(y + k, load_half(x + k));
}

static void widen_int8(const int8_t *x, uint32_t n, float *y) {
  for (uint32_t k = 0; k < n; k += 16) store(y + k, to_float(load_bytes(x + k)));
}

static void narrow_half(const float *x, uint32_t n, uint16_t *y) {
  const lanes most = splat(65504.0f), least = splat(-65504.0f);
  for (uint32_t k = 0; k < n; k += 16)
    store_half(y + k, larger(smaller(load(x + k), most), least));
}

static void scores(const float *q, const float *tile, uint32_t depth, float *y) {
  lanes s0 = splat(0), s1 = splat(0), s2 = splat(0), s3 = splat(0);
  uint32_t d = 0;
  for (; d + 4 <= depth; d += 4) {
    const float *row = tile + 16 * (size_t)d;
    s0 = plus(s0, times(splat(q[d]), load(row)));
    s1 = plus(s1, times(splat(q[d + 1]), load(row + 16)));
    s2 = plus(s2, times(splat(q[d + 2]), load(row + 32)));
    s3 = plus(s3, times(splat(q[d + 3]), load(row + 48)));
  }
  for (; d < depth; d++) s0 = plus(s0, times(splat(q[d]), load(tile + 16 * (size_t)d)));
  store(y, plus(plus(s0, s2), plus(s1, s3)));
}

static float softmax(float *x, uint32_t n) {
  const uint32_t end = (n + 15) / 16 * 16;
  for (uint32_t k = n; k < end; k++) x[k] = -__builtin_inff();
  lanes most = load(x), sum = splat(0);
  for (uint32_t k = 16; k < end; k += 16) most = larger(load(x + k), most);
  most = splat(fold_larger(most));
  for (uint32_t k = 0; k < end; k += 16) {
    const lanes power = exponential(minus(load(x + k), most));
    store(x + k, power);
    sum = plus(sum, power);
  }
  return 1.0f / fold(sum);
}

static void multiply(float *x, const float *y, uint32_t n) {
  for (uint32_t k = 0; k < n; k += 16) store(x + k, times(load(x + k), load(y + k)));
}

static void shrink(const float *x, float factor, uint32_t n, float *y) {
  const lanes by = splat(factor);
  for (uint32_t k = 0; k < n; k += 16)
    store_some(y + k, times(load_some(x + k, n - k), by), n - k);
}

static void mix(const float *p, uint32_t count, const float *tile, uint32_t width, float *sum) {
  uint32_t c = 0;
  for (; c + 64 <= width; c += 64) {
    lanes s0 = load(sum + c), s1 = load(sum + c + 16);
    lanes s2 = load(sum + c + 32), s3 = load(sum + c + 48);
    for (uint32_t t = 0; t < count; t++) {
      const lanes weight = splat(p[t]);
      const float *row = tile + (size_t)t * width + c;
      s0 = plus(s0, times(weight, load(row)));
      s1 = plus(s1, times(weight, load(row + 16)));
      s2 = plus(s2, times(weight, load(row + 32)));
      s3 = plus(s3, times(weight, load(row + 48)));
    }
    store(sum + c, s0);
    store(sum + c + 16, s1);
    store(sum + c + 32, s2);
    store(sum + c + 48, s3);
  }
  for (; c < width; c += 16) {
    lanes s0 = load(sum + c);
    for (uint32_t t = 0; t < count; t++)
      s0 = plus(s0, times(splat(p[t]), load(tile + (size_t)t * width + c)));
    store(sum + c, s0);
  }
}

const struct edge_floats FORM = {
    FORM_NAME, dot,        dot_half,   norm,        absmax, quantise, quantise_fine,
    scale,     activate,   rotate,     widen_half,  widen_int8, narrow_half, scores,
    softmax,   multiply,   shrink,     mix,
};
