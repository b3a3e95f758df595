/* softmax.c: see softmax.h. The division is left to the caller, who does it once an output instead of once a key. */
#include "nn/softmax.h"

#define VEC_BODY "nn/softmax.inc"
#include "linalg/vec_each.h"

void softmax_rows(enum cpu_level level, bool coarse, size_t m, size_t n, float *x, size_t ldx, float scale, float *inverse)
{
	static float (*const fine_fn[])(size_t, float *, float) = VEC_LEVELS(softmax_row);
	static float (*const coarse_fn[])(size_t, float *, float) = VEC_LEVELS(softmax_row_coarse);
	for (size_t i = 0; i < m; i++)
		inverse[i] = 1.0f / (coarse ? coarse_fn : fine_fn)[vec_pick(level)](n, x + i * ldx, scale);
}
