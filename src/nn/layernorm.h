/* layernorm.h: layer normalisation (Ba, Kiros and Hinton 2016) of each row.
 *
 *     z = (x - mean) / sqrt(variance + eps),   y = z * gain + bias,   variance = mean of (x - mean)^2
 *
 * x, y [n, width], contiguous; gain, bias [width]. */
#ifndef RECPIPE_NN_LAYERNORM_H
#define RECPIPE_NN_LAYERNORM_H

#include "nn/real.h"

/* Inference: y may be x. */
void layernorm(enum cpu_level level, size_t n, size_t width, const float *x, const float *gain, const float *bias,
	       float eps, float *y);

/* Learning: forward saves stats [n, 2]: mean and 1 / sqrt(variance + eps). */
void layernorm_forward(size_t n, size_t width, const real *x, const real *gain, const real *bias, real eps, real *y,
		       real *stats);
/* dx += rstd (g - mean(g) - z mean(g z)) with g = dy * gain; dgain += sum of dy z; dbias += sum of dy. */
void layernorm_backward(size_t n, size_t width, const real *x, const real *gain, const real *stats, const real *dy,
			real *dx, real *dgain, real *dbias);

#endif
