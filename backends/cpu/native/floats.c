/* Which float loops go with which kernels. */
#include "floats.h"

#include <string.h>

#include "float_forms.h"

const struct edge_floats *edge_floats(const char *name) {
#if defined(__x86_64__)
  if (strcmp(name, "avx512") == 0) return &edge_floats_avx512;
  if (strcmp(name, "avx2") == 0) return &edge_floats_avx2;
#elif defined(__aarch64__)
  if (strncmp(name, "neon", 4) == 0) return &edge_floats_neon;
#else
  (void)name;
#endif
  return &edge_floats_plain;
}
