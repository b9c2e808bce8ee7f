/* The float loops in plain C. */
#define WIDTH 4
#include "lanes.h"

#include "decoder.h"
#include "float16.h"
#include "float_forms.h"
#include "floats.h"

INLINE lanes load_half(const uint16_t *from) {
  float some[16];
  for (int i = 0; i < 16; i++) some[i] = edge_float16_value((const uint8_t *)(from + i));
  return load(some);
}

INLINE void store_half(uint16_t *to, lanes x) {
  float some[16];
  store(some, x);
  for (int i = 0; i < 16; i++) edge_float16_store(some[i], (uint8_t *)(to + i));
}

#define FORM edge_floats_plain
#define FORM_NAME "plain"
#include "float_body.h"
