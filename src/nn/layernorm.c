/* layernorm.c: see layernorm.h. Two passes over a row that lies in L1: no difference of large squares. */
#include "nn/layernorm.h"

#include <math.h>

#define VEC_BODY "nn/layernorm.inc"
#include "linalg/vec_each.h"

void layernorm(enum cpu_level level, size_t n, size_t width, const float *x, const float *gain, const float *bias,
	       float eps, float *y)
{
	static void (*const fn[])(size_t, const float *, const float *, const float *, float, float *) =
		VEC_LEVELS(layernorm_row);
	for (size_t i = 0; i < n; i++)
		fn[vec_pick(level)](width, x + i * width, gain, bias, eps, y + i * width);
}

/* ---- learning ---- */

static inline __attribute__((always_inline)) void row_stats(size_t n, const real *x, real eps, real *mean, real *rstd)
{
	real sum[NN_LANES] = { 0 }, squares[NN_LANES] = { 0 };
	size_t i = 0;
	for (; i + NN_LANES <= n; i += NN_LANES)
		for (size_t j = 0; j < NN_LANES; j++)
			sum[j] += x[i + j];
	for (size_t j = 0; i < n; i++, j++)
		sum[j] += x[i];
	real m = nn_lanes_sum(sum) / (real)n;
	for (i = 0; i + NN_LANES <= n; i += NN_LANES)
		for (size_t j = 0; j < NN_LANES; j++)
			squares[j] += (x[i + j] - m) * (x[i + j] - m);
	for (size_t j = 0; i < n; i++, j++)
		squares[j] += (x[i] - m) * (x[i] - m);
	*mean = m;
	*rstd = 1 / real_sqrt(nn_lanes_sum(squares) / (real)n + eps);
}

NN_BODY layernorm_forward_body(size_t n, size_t width, const real *x, const real *gain, const real *bias, real eps, real *y,
			  real *stats)
{
	for (size_t i = 0; i < n; i++) {
		real m, r;
		row_stats(width, x + i * width, eps, &m, &r);
		for (size_t k = 0; k < width; k++)
			y[i * width + k] = (x[i * width + k] - m) * r * gain[k] + bias[k];
		stats[2 * i] = m;
		stats[2 * i + 1] = r;
	}
}
NN_KERNEL(layernorm_forward,
	  (size_t n, size_t width, const real *x, const real *gain, const real *bias, real eps, real *y, real *stats),
	  (n, width, x, gain, bias, eps, y, stats))

/* Means over a row of g and of g z. */
static inline __attribute__((always_inline)) void row_means(size_t n, const real *x, const real *gain, const real *dy,
							     real m, real r, real *mean_g, real *mean_gz)
{
	real a[NN_LANES] = { 0 }, b[NN_LANES] = { 0 };
	size_t i = 0;
	for (; i + NN_LANES <= n; i += NN_LANES)
		for (size_t j = 0; j < NN_LANES; j++) {
			real g = dy[i + j] * gain[i + j];
			a[j] += g;
			b[j] += g * ((x[i + j] - m) * r);
		}
	for (size_t j = 0; i < n; i++, j++) {
		real g = dy[i] * gain[i];
		a[j] += g;
		b[j] += g * ((x[i] - m) * r);
	}
	*mean_g = nn_lanes_sum(a) / (real)n;
	*mean_gz = nn_lanes_sum(b) / (real)n;
}

NN_BODY layernorm_backward_body(size_t n, size_t width, const real *x, const real *gain, const real *stats, const real *dy,
			   real *dx, real *dgain, real *dbias)
{
	for (size_t i = 0; i < n; i++) {
		const real *xi = x + i * width, *dyi = dy + i * width;
		real *dxi = dx + i * width, m = stats[2 * i], r = stats[2 * i + 1], mean_g, mean_gz;
		row_means(width, xi, gain, dyi, m, r, &mean_g, &mean_gz);
		for (size_t k = 0; k < width; k++) {
			real z = (xi[k] - m) * r;
			dxi[k] += r * (dyi[k] * gain[k] - mean_g - z * mean_gz);
			dgain[k] += dyi[k] * z;
			dbias[k] += dyi[k];
		}
	}
}
NN_KERNEL(layernorm_backward,
	  (size_t n, size_t width, const real *x, const real *gain, const real *stats, const real *dy, real *dx,
	   real *dgain, real *dbias),
	  (n, width, x, gain, stats, dy, dx, dgain, dbias))
