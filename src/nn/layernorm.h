/* layernorm.h: layer normalisation (Ba, Kiros, Hinton 2016) of each row.
 *
 *     y = (x - mean) / sqrt(variance + eps) * gain + bias,   variance = mean of (x - mean)^2 */
#ifndef RECPIPE_NN_LAYERNORM_H
#define RECPIPE_NN_LAYERNORM_H

#include "linalg/cpu.h"

#include <stddef.h>

/* x, y [m, width], both contiguous; y may be x. gain, bias [width]. */
void layernorm(enum cpu_level level, size_t m, size_t width, const float *x, const float *gain, const float *bias,
	       float eps, float *y);

#endif
