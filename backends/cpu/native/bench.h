/* What the kernels are measured against. */
#ifndef EDGE_DECODER_BENCH_H
#define EDGE_DECODER_BENCH_H

#include <stdint.h>

/* cffi:begin */
/* Reads memory once, in order, `ahead` bytes of software prefetch in front (0: none). */
uint64_t edge_stream_read(const uint8_t *bytes, uint64_t size, uint64_t ahead);
/* Runs `rounds` times 15 of a form's widest dot-product instructions, which nothing waits for.
 * Returns the operations (a product and a sum are two); 0 for a form without a measure. */
uint64_t edge_dot_peak(const char *form, uint64_t rounds);
/* cffi:end */

#endif
