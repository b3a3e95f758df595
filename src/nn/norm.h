/* norm.h: layer normalisation (Ba, Kiros and Hinton 2016) with its gradient; layernorm.h is the inference kernel.
 *
 *     z = (x - mean) / sqrt(variance + eps),   y = z * gain + bias,   variance = mean of (x - mean)^2, for each row
 *
 * x, y [n, width], gain, bias [width]. Forward saves stats [n, 2]: mean and 1 / sqrt(variance + eps). */
#ifndef RECPIPE_NN_NORM_H
#define RECPIPE_NN_NORM_H

#include "nn/real.h"

void norm_forward(size_t n, size_t width, const real *x, const real *gain, const real *bias, real eps, real *y,
		  real *stats);
/* dx += rstd (g - mean(g) - z mean(g z)) with g = dy * gain; dgain += sum of dy z; dbias += sum of dy. */
void norm_backward(size_t n, size_t width, const real *x, const real *gain, const real *stats, const real *dy, real *dx,
		   real *dgain, real *dbias);

#endif
