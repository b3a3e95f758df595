/* real.h: the number type of all that learns, and how its kernels are compiled.
 *
 * Layers are written once for `real`, which is float. The Makefile compiles the same files a second time with
 * REAL_F64, where real is double, for tests/grad: finite differences need more digits than a float has.
 *
 * NN_KERNEL makes a public function of a body: one copy a rung of linalg/cpu.h, so that the compiler vectorises for
 * what the processor has. Bodies sum in NN_LANES lanes of their own and products are never fused with sums (the
 * project compiles with -ffp-contract=off), so every rung gives the same bits. */
#ifndef RECPIPE_NN_REAL_H
#define RECPIPE_NN_REAL_H

#include "linalg/blas.h"
#include "linalg/cpu.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef REAL_F64
typedef double real;
#define real_gemm blas_gemm_f64
#define real_sqrt sqrt
#define real_exp exp
#define real_erf erf
#else
typedef float real;
#define real_gemm blas_gemm_f32
#define real_sqrt sqrtf
#define real_exp nn_exp
#define real_erf nn_erf
#endif

enum { NN_LANES = 16 };
#define NN_BODY static inline __attribute__((always_inline)) void
#if defined(__x86_64__) && !defined(REAL_F64)
#define NN_KERNEL_OF(linkage, name, params, args)                  \
	TARGET_AVX512 static void name##_avx512 params             \
	{                                                          \
		name##_body args;                                  \
	}                                                          \
	TARGET_AVX2 static void name##_avx2 params                 \
	{                                                          \
		name##_body args;                                  \
	}                                                          \
	linkage void name params                                   \
	{                                                          \
		if (cpu_level() >= CPU_AVX512)                                       \
			name##_avx512 args;                        \
		else if (cpu_level() >= CPU_AVX2)                  \
			name##_avx2 args;                          \
		else                                               \
			name##_body args;                          \
	}
#else
#define NN_KERNEL_OF(linkage, name, params, args)                  \
	linkage void name params                                   \
	{                                                          \
		name##_body args;                                  \
	}
#endif
/* For the world, and for the file. */
#define NN_KERNEL(name, params, args) NN_KERNEL_OF(, name, params, args)
#define NN_STATIC(name, params, args) NN_KERNEL_OF(static, name, params, args)

/* e^x, relative error below 2e-7 on [-87, 88], to which x is clamped; NaN of NaN: x = n ln 2 + r, then the series of e^r to
 * degree 7; without a branch, so that loops over it vectorise. */
static inline float nn_exp(float x)
{
	x = x < -87.0f ? -87.0f : x;
	x = x > 88.0f ? 88.0f : x;
	float y = x > -87.0f ? x : -87.0f; /* NaN goes on through r, not into the exponent */
	float n = (y * 0x1.715476p+0f + 12582912.0f) - 12582912.0f;
	float r = x - n * 0x1.62e400p-1f - n * 0x1.7f7d1cp-20f;
	float p = 1.0f / 5040;
	p = p * r + 1.0f / 720;
	p = p * r + 1.0f / 120;
	p = p * r + 1.0f / 24;
	p = p * r + 1.0f / 6;
	p = p * r + 0.5f;
	p = p * r + 1.0f;
	p = p * r + 1.0f;
	int32_t bits = ((int32_t)n + 127) * (1 << 23);
	float power;
	memcpy(&power, &bits, sizeof power);
	return p * power;
}

/* erf x, error below 1.5e-7 of 1 (Abramowitz and Stegun 7.1.26). */
static inline float nn_erf(float x)
{
	float a = x < 0 ? -x : x;
	float t = 1.0f / (1.0f + 0.3275911f * a);
	float p = ((((1.061405429f * t - 1.453152027f) * t + 1.421413741f) * t - 0.284496736f) * t + 0.254829592f) * t;
	float y = 1.0f - p * nn_exp(-a * a);
	return x < 0 ? -y : y;
}

/* The sum of NN_LANES partial sums, in one order. */
static inline real nn_lanes_sum(const real *lane)
{
	real s[NN_LANES];
	memcpy(s, lane, sizeof s);
	for (size_t step = NN_LANES / 2; step; step /= 2)
		for (size_t i = 0; i < step; i++)
			s[i] += s[i + step];
	return s[0];
}

static inline __attribute__((always_inline)) real nn_dot(size_t n, const real *a, const real *b)
{
	real lane[NN_LANES] = { 0 };
	size_t i = 0;
	for (; i + NN_LANES <= n; i += NN_LANES)
		for (size_t j = 0; j < NN_LANES; j++)
			lane[j] += a[i + j] * b[i + j];
	for (size_t j = 0; i < n; i++, j++)
		lane[j] += a[i] * b[i];
	return nn_lanes_sum(lane);
}

/* The largest of n >= 1 values; -INFINITY for none. NaN loses. */
static inline __attribute__((always_inline)) real nn_max(size_t n, const real *x)
{
	real lane[NN_LANES];
	for (size_t j = 0; j < NN_LANES; j++)
		lane[j] = (real)-INFINITY;
	size_t i = 0;
	for (; i + NN_LANES <= n; i += NN_LANES)
		for (size_t j = 0; j < NN_LANES; j++)
			lane[j] = x[i + j] > lane[j] ? x[i + j] : lane[j];
	for (size_t j = 0; i < n; i++, j++)
		lane[j] = x[i] > lane[j] ? x[i] : lane[j];
	for (size_t j = 1; j < NN_LANES; j++)
		lane[0] = lane[j] > lane[0] ? lane[j] : lane[0];
	return lane[0];
}

/* x becomes e^(x - top); the sum is returned. */
static inline __attribute__((always_inline)) real nn_exp_sum(size_t n, real *x, real top)
{
	real lane[NN_LANES] = { 0 };
	size_t i = 0;
	for (; i + NN_LANES <= n; i += NN_LANES)
		for (size_t j = 0; j < NN_LANES; j++) {
			x[i + j] = real_exp(x[i + j] - top);
			lane[j] += x[i + j];
		}
	for (size_t j = 0; i < n; i++, j++) {
		x[i] = real_exp(x[i] - top);
		lane[j] += x[i];
	}
	return nn_lanes_sum(lane);
}

#endif
