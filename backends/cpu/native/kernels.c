/* The choice of a form: what the compiler made, the processor has and the system saves. */
#include "kernels.h"

#include <stdatomic.h>
#include <string.h>

#include "forms.h"
#include "layout.h"

#if defined(__x86_64__)
#include <cpuid.h>

enum { /* bits of XCR0, and of the registers of CPUID leaves 1 and 7 */
  YMM_STATE = 0x06,
  ZMM_STATE = 0xE6,
  OSXSAVE = 1 << 27,
  F16C = 1 << 29,
  AVX2 = 1 << 5,
  AVX512F_DQ_BW = 1 << 16 | 1 << 17 | 1 << 30,
  VBMI_VNNI = 1 << 1 | 1 << 11,
};

struct processor {
  uint32_t state; /* low half of XCR0; 0 where the system saves no such registers */
  uint32_t leaf1_c, leaf7_b, leaf7_c;
};

static struct processor processor(void) {
  struct processor found = {0, 0, 0, 0};
  uint32_t a, b, c, d, high;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & OSXSAVE)) return found;
  found.leaf1_c = c;
  __asm__("xgetbv" : "=a"(found.state), "=d"(high) : "c"(0));
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return found;
  found.leaf7_b = b;
  found.leaf7_c = c;
  return found;
}

static int has(uint32_t value, uint32_t bits) { return (value & bits) == bits; }

static int runs(const struct edge_kernels *form) {
  const struct processor p = processor();
  const int avx2 = has(p.state, YMM_STATE) && has(p.leaf1_c, F16C) && has(p.leaf7_b, AVX2);
  if (form == &edge_form_avx2) return avx2;
  if (form == &edge_form_avx512)
    return avx2 && has(p.state, ZMM_STATE) && has(p.leaf7_b, AVX512F_DQ_BW) &&
           has(p.leaf7_c, VBMI_VNNI);
  return 1;
}

static const struct edge_kernels *const FORMS[] = {&edge_form_avx512, &edge_form_avx2,
                                                   &edge_form_plain};

#elif defined(__aarch64__)
#if defined(__linux__)
#include <sys/auxv.h>

enum { DOT_PRODUCT = 1 << 20 }; /* HWCAP_ASIMDDP */
static int has_dot(void) { return (getauxval(AT_HWCAP) & DOT_PRODUCT) != 0; }
#elif defined(__APPLE__)
static int has_dot(void) { return 1; } /* since its first 64-bit desktop processor */
#else
static int has_dot(void) { return 0; }
#endif

static int runs(const struct edge_kernels *form) {
  return form != &edge_form_neon_dot || has_dot();
}

static const struct edge_kernels *const FORMS[] = {&edge_form_neon_dot, &edge_form_neon,
                                                   &edge_form_plain};

#else
static int runs(const struct edge_kernels *form) { return form == &edge_form_plain; }

static const struct edge_kernels *const FORMS[] = {&edge_form_plain};
#endif

enum { FORM_COUNT = sizeof FORMS / sizeof *FORMS, KNOWN = 1 << FORM_COUNT };

/* Which forms run, a bit for each. It is found out once: inside a virtual machine, every question to
 * the processor is a way to the hypervisor and back. Threads that meet here find the same. */
static unsigned running(void) {
  static atomic_uint found;
  unsigned forms = atomic_load_explicit(&found, memory_order_relaxed);
  if (forms != 0) return forms;
  forms = KNOWN;
  for (unsigned i = 0; i < FORM_COUNT; i++)
    if (runs(FORMS[i])) forms |= 1u << i;
  atomic_store_explicit(&found, forms, memory_order_relaxed);
  return forms;
}

const struct edge_kernels *edge_kernels(const char *name) {
  const unsigned forms = running();
  for (unsigned i = 0; i < FORM_COUNT; i++)
    if ((name == NULL || strcmp(name, FORMS[i]->name) == 0) && forms >> i & 1) return FORMS[i];
  return NULL;
}

/* A slice of a tile: 64 rows of at most EDGE_SLICE_BLOCKS two-bit blocks, or of their codes in bytes
 * at a sixth of that depth. The same for every depth. */
size_t edge_matrix_scratch(uint32_t depth) {
  (void)depth;
  return 4 * EDGE_SLICE_BLOCKS * EDGE_BLOCK;
}
