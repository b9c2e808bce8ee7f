#include "bench.h"

#include <string.h>

typedef uint64_t line __attribute__((vector_size(64), aligned(64), may_alias));

uint64_t edge_stream_read(const uint8_t *bytes, uint64_t size, uint64_t ahead) {
  line a = {0}, b = {0};
  uint64_t sum = 0;
  for (uint64_t at = 0; at + 128 <= size; at += 128) {
    if (ahead > 0) {
      __builtin_prefetch(bytes + at + ahead, 0, 3);
      __builtin_prefetch(bytes + at + ahead + 64, 0, 3);
    }
    a += *(const line *)(bytes + at);
    b += *(const line *)(bytes + at + 64);
  }
  a += b;
  for (int i = 0; i < 8; i++) sum += a[i];
  return sum;
}

#if defined(__x86_64__)
#define FIVE(text, a, b, c, d, e) text(a) text(b) text(c) text(d) text(e)
#define FIFTEEN(text)                                                          \
  FIVE(text, "1", "2", "3", "4", "5") FIVE(text, "6", "7", "8", "9", "10")     \
  FIVE(text, "11", "12", "13", "14", "15")
#define VNNI(sum) "vpdpbusd %%zmm17, %%zmm16, %%zmm" sum "\n\t"
#define MADDUBS(sum) "vpmaddubsw %%ymm0, %%ymm0, %%ymm" sum "\n\t"
#define CHANGED                                                                                 \
  "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",     \
      "xmm12", "xmm13", "xmm14", "xmm15"

static uint64_t peak_avx512(uint64_t rounds) {
  for (uint64_t i = 0; i < rounds; i++) __asm__ volatile(FIFTEEN(VNNI)::: CHANGED);
  __asm__ volatile("vzeroupper" ::: CHANGED);
  return rounds * 15 * 64 * 2;
}

static uint64_t peak_avx2(uint64_t rounds) {
  for (uint64_t i = 0; i < rounds; i++) __asm__ volatile(FIFTEEN(MADDUBS)::: CHANGED);
  __asm__ volatile("vzeroupper" ::: CHANGED);
  return rounds * 15 * 32 * 2;
}

uint64_t edge_dot_peak(const char *form, uint64_t rounds) {
  if (strcmp(form, "avx512") == 0) return peak_avx512(rounds);
  if (strcmp(form, "avx2") == 0) return peak_avx2(rounds);
  return 0;
}
#else
uint64_t edge_dot_peak(const char *form, uint64_t rounds) {
  (void)form, (void)rounds;
  return 0;
}
#endif
