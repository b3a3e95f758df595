/* activation.c: see activation.h.
 *
 * Inference: Phi(x) - 1/2 is approximated by x P(x^2) / Q(x^2) on |x| <= 5.6 (beyond, Phi is 0 or 1 in f32); P and Q of
 * degree 5 were fitted for the least largest error (9.3e-9 before rounding), so one division replaces erf and its
 * branches. Coarse: x P(x^2) alone, of degree 6, on |x| <= 4. */
#include "nn/activation.h"

/* ---- inference ---- */

#define VEC_BODY "nn/activation.inc"
#include "linalg/vec_each.h"

gemm_act_fn *activation_fn(enum activation kind, enum cpu_level level, bool coarse)
{
	static gemm_act_fn *const erfs[] = VEC_LEVELS(gelu_erf), *const coarse_erfs[] = VEC_LEVELS(gelu_erf_coarse),
			   *const tanhs[] = VEC_LEVELS(gelu_tanh);
	return (kind != ACTIVATION_GELU ? tanhs : coarse ? coarse_erfs : erfs)[vec_pick(level)];
}

/* ---- learning ---- */

#define HALF_SQRT2 ((real)0.70710678118654752440)
#define INV_SQRT_2PI ((real)0.39894228040143267794)
#define TANH_SCALE ((real)1.5957691216057307118) /* 2 sqrt(2 / pi) */
#define TANH_CUBE ((real)0.044715)

static inline __attribute__((always_inline)) real normal_below(real x)
{
	return (real)0.5 + (real)0.5 * real_erf(x * HALF_SQRT2);
}

/* What the tanh form takes for it. */
static inline __attribute__((always_inline)) real nearly_below(real x)
{
	return 1 / (1 + real_exp(-TANH_SCALE * (x + TANH_CUBE * x * x * x)));
}

NN_BODY activation_forward_body(enum activation kind, size_t n, const real *x, real *y)
{
	if (kind == ACTIVATION_RELU)
		for (size_t i = 0; i < n; i++)
			y[i] = x[i] > 0 ? x[i] : 0;
	else if (kind == ACTIVATION_GELU)
		for (size_t i = 0; i < n; i++)
			y[i] = x[i] * normal_below(x[i]);
	else
		for (size_t i = 0; i < n; i++)
			y[i] = x[i] * nearly_below(x[i]);
}
NN_KERNEL(activation_forward, (enum activation kind, size_t n, const real *x, real *y), (kind, n, x, y))

static inline __attribute__((always_inline)) real slope(enum activation kind, real x)
{
	if (kind == ACTIVATION_RELU)
		return x > 0 ? 1 : 0;
	if (kind == ACTIVATION_GELU)
		return normal_below(x) + x * INV_SQRT_2PI * real_exp((real)-0.5 * x * x);
	real p = nearly_below(x);
	return p + x * p * (1 - p) * (TANH_SCALE * (1 + 3 * TANH_CUBE * x * x));
}

/* The kind is settled outside of the loop, so that the loop vectorises. */
#define EACH_KIND(loop)                               \
	if (kind == ACTIVATION_RELU)                  \
		loop(ACTIVATION_RELU)                 \
	else if (kind == ACTIVATION_GELU)             \
		loop(ACTIVATION_GELU)                 \
	else                                          \
		loop(ACTIVATION_GELU_TANH)

#define ADD(k) for (size_t i = 0; i < n; i++) dx[i] += dy[i] * slope(k, x[i]);
NN_BODY activation_backward_body(enum activation kind, size_t n, const real *x, const real *dy, real *dx)
{
	EACH_KIND(ADD)
}
NN_KERNEL(activation_backward, (enum activation kind, size_t n, const real *x, const real *dy, real *dx),
	  (kind, n, x, dy, dx))

#define TURN(k) for (size_t i = 0; i < n; i++) x[i] = dy[i] * slope(k, x[i]);
NN_BODY activation_backward_over_body(enum activation kind, size_t n, const real *dy, real *x)
{
	EACH_KIND(TURN)
}
NN_KERNEL(activation_backward_over, (enum activation kind, size_t n, const real *dy, real *x), (kind, n, dy, x))
