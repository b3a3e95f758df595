/* softmax.c: see softmax.h. The division is left to the caller, who does it once an output instead of once a key. */
#include "nn/softmax.h"

#define VEC_BODY "nn/softmax.inc"
#include "linalg/vec_each.h"

void softmax_rows(enum cpu_level level, size_t m, size_t n, float *x, size_t ldx, float *inverse)
{
	static float (*const fn[])(size_t, float *) = VEC_LEVELS(softmax_row);
	for (size_t i = 0; i < m; i++)
		inverse[i] = 1.0f / fn[vec_pick(level)](n, x + i * ldx);
}
