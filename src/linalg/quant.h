/* quant.h: narrow number formats: f16, bfloat16, and bytes with a scale. */
#ifndef RECPIPE_LINALG_QUANT_H
#define RECPIPE_LINALG_QUANT_H

#include "linalg/cpu.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* To the nearest whole number, ties to even, for |x| < 2^22. */
static inline int32_t quant_round(float x)
{
	return (int32_t)((x + 12582912.0f) - 12582912.0f);
}

/* Upper half of an f32, to nearest even; NaN stays NaN. */
static inline uint16_t bf16_of(float x)
{
	uint32_t u;
	memcpy(&u, &x, sizeof(u));
	if ((u & 0x7fffffff) > 0x7f800000)
		return (uint16_t)(u >> 16 | 0x40);
	return (uint16_t)((u + 0x7fff + (u >> 16 & 1)) >> 16);
}
static inline float f32_of_bf16(uint16_t h)
{
	uint32_t u = (uint32_t)h << 16;
	float x;
	memcpy(&x, &u, sizeof(x));
	return x;
}
/* IEEE binary16: exact to f32; from f32 to nearest even, infinity beyond 65,504. */
float f32_of_f16(uint16_t h);
uint16_t f16_of(float x);

/* n floats to bfloat16; an odd n is followed by one zero. Subnormal numbers may become 0. */
void quant_bf16(enum cpu_level level, size_t n, const float *x, uint16_t *out);
/* n floats to bytes in [0, 255] that stand for scale * (byte - zero), rounded to nearest; zero itself is exact. Up to
 * the next multiple of four, bytes are 0. The same bytes on every level. A row of zeros has scale 1; NaN and infinity
 * give unspecified bytes. */
void quant_u8(enum cpu_level level, size_t n, const float *x, uint8_t *out, float *scale, float *zero);

#endif
