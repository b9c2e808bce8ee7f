/* The logistic function and tanh of 16-bit fixed-point numbers, as gemmlowp computes them. */
#ifndef EDGESDK_NN_CURVES16_H
#define EDGESDK_NN_CURVES16_H

#include <stdint.h>

/* x is Q3.12, the result Q0.15. */
int32_t edge_logistic16(int32_t x);

/* x has `bits` bits before the point, 0 to 6; the result is Q0.15. */
int32_t edge_tanh16(int32_t x, uint32_t bits);

#endif
