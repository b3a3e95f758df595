/* quant.c: see quant.h. */
#include "linalg/quant.h"

/* Rounded and held to [0, 255]; NaN gives 0. */
static inline uint8_t byte_of(float x)
{
	return x > 0 ? x < 255 ? (uint8_t)quant_round(x) : 255 : 0;
}

#define VEC_BODY "linalg/quant.inc"
#include "linalg/vec_each.h"

float f32_of_f16(uint16_t h)
{
	uint32_t sign = (uint32_t)(h & 0x8000) << 16, rest = h & 0x7fff, u;
	if (rest < 0x0400) { /* zero and subnormal: a whole multiple of 2^-24 */
		float x = (float)rest * 0x1p-24f;
		return sign ? -x : x;
	}
	u = rest >= 0x7c00 ? 0x7f800000 | (rest & 0x03ff) << 13 : (rest << 13) + 0x38000000;
	u |= sign;
	float x;
	memcpy(&x, &u, sizeof(x));
	return x;
}

uint16_t f16_of(float x)
{
	uint32_t u;
	memcpy(&u, &x, sizeof(u));
	uint16_t sign = (uint16_t)(u >> 16 & 0x8000);
	u &= 0x7fffffff;
	if (u > 0x7f800000)
		return sign | 0x7e00;
	if (u >= 0x477ff000) /* rounds beyond the largest */
		return sign | 0x7c00;
	if (u < 0x38800000) { /* below 2^-14: adding 1/2 leaves just the bits that a subnormal has */
		float y;
		memcpy(&y, &u, sizeof(y));
		y += 0.5f;
		memcpy(&u, &y, sizeof(u));
		return (uint16_t)(sign | (u - 0x3f000000));
	}
	return (uint16_t)(sign | (u - 0x38000000 + 0xfff + (u >> 13 & 1)) >> 13);
}

#if defined(__x86_64__)
TARGET_BF16 static void to_bf16_dot(size_t n, const float *x, uint16_t *out)
{
	for (size_t i = 0; i < n; i += 16) {
		__mmask16 m = n - i < 16 ? (__mmask16)((1u << (n - i)) - 1) : 0xffff;
		__m256i y = (__m256i)_mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(m, x + i));
		_mm256_mask_storeu_epi16(out + i, m, y);
	}
	if (n % 2)
		out[n] = 0;
}
#else
#define to_bf16_dot to_bf16_portable
#endif

void quant_bf16(enum cpu_level level, size_t n, const float *x, uint16_t *out)
{
	static void (*const fn[])(size_t, const float *, uint16_t *) = VEC_LEVELS(to_bf16);
	(level >= CPU_BF16 ? to_bf16_dot : fn[vec_pick(level)])(n, x, out);
}

void quant_u8(enum cpu_level level, size_t n, const float *x, uint8_t *out, float *scale, float *zero)
{
	static void (*const fn[])(size_t, const float *, uint8_t *, float *, float *) = VEC_LEVELS(to_u8);
	fn[vec_pick(level)](n, x, out, scale, zero);
}
