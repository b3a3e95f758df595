/* activation.c: see activation.h. */
#include "nn/activation.h"

#define HALF_SQRT2 ((real)0.70710678118654752440)
#define INV_SQRT_2PI ((real)0.39894228040143267794)

NN_BODY activation_forward_body(enum activation kind, size_t n, const real *x, real *y)
{
	if (kind == ACTIVATION_RELU)
		for (size_t i = 0; i < n; i++)
			y[i] = x[i] > 0 ? x[i] : 0;
	else
		for (size_t i = 0; i < n; i++)
			y[i] = x[i] * ((real)0.5 + (real)0.5 * real_erf(x[i] * HALF_SQRT2));
}
NN_KERNEL(activation_forward, (enum activation kind, size_t n, const real *x, real *y), (kind, n, x, y))

NN_BODY activation_backward_body(enum activation kind, size_t n, const real *x, const real *dy, real *dx)
{
	if (kind == ACTIVATION_RELU)
		for (size_t i = 0; i < n; i++)
			dx[i] += x[i] > 0 ? dy[i] : 0;
	else
		for (size_t i = 0; i < n; i++) {
			real phi = (real)0.5 + (real)0.5 * real_erf(x[i] * HALF_SQRT2);
			dx[i] += dy[i] * (phi + x[i] * INV_SQRT_2PI * real_exp((real)-0.5 * x[i] * x[i]));
		}
}
NN_KERNEL(activation_backward, (enum activation kind, size_t n, const real *x, const real *dy, real *dx),
	  (kind, n, x, dy, dx))
