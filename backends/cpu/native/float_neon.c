/* The float loops for ARMv8. */
#if defined(__aarch64__)
#include <arm_neon.h>

#define WIDTH 4
#include "lanes.h"

#include "decoder.h"
#include "float_forms.h"
#include "floats.h"

INLINE lanes load_half(const uint16_t *from) {
#define E(i) (float_part)vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(from + 4 * (i))))
  return (lanes)EACH(E);
#undef E
}

INLINE void store_half(uint16_t *to, lanes x) {
  for (int i = 0; i < 4; i++)
    vst1_u16(to + 4 * i, vreinterpret_u16_f16(vcvt_f16_f32((float32x4_t)x.part[i])));
}

#define FORM edge_floats_neon
#define FORM_NAME "neon"
#include "float_body.h"
#else
typedef int edge_floats_neon_is_for_arm;
#endif
