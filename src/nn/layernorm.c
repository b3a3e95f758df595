/* layernorm.c: see layernorm.h. Two passes over a row that lies in L1: no difference of large squares. */
#include "nn/layernorm.h"

#include <math.h>

#define VEC_BODY "nn/layernorm.inc"
#include "linalg/vec_each.h"

void layernorm(enum cpu_level level, size_t m, size_t width, const float *x, const float *gain, const float *bias,
	       float eps, float *y)
{
	static void (*const fn[])(size_t, const float *, const float *, const float *, float, float *) =
		VEC_LEVELS(layernorm_row);
	for (size_t i = 0; i < m; i++)
		fn[vec_pick(level)](width, x + i * width, gain, bias, eps, y + i * width);
}
