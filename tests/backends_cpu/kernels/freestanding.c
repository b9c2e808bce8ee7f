/* What the kernels take from a C library and a system, for an image that has neither. */
#include <stddef.h>
#include <stdint.h>

unsigned long getauxval(unsigned long type);

unsigned long edge_emulated_features; /* what the system says of the processor */

unsigned long getauxval(unsigned long type) { return type == 16 ? edge_emulated_features : 0; }

void *memcpy(void *restrict to, const void *restrict from, size_t count) {
  for (size_t i = 0; i < count; i++) ((volatile uint8_t *)to)[i] = ((const uint8_t *)from)[i];
  return to;
}

void *memset(void *to, int value, size_t count) {
  for (size_t i = 0; i < count; i++) ((volatile uint8_t *)to)[i] = (uint8_t)value;
  return to;
}

int strcmp(const char *a, const char *b) {
  for (; *a != 0 && *a == *b; a++) b++;
  return (uint8_t)*a - (uint8_t)*b;
}
