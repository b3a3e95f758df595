/* gelu.c: see gelu.h. Phi(x) - 1/2 is approximated by x P(x^2) / Q(x^2) on |x| <= 5.6 (beyond, Phi is 0 or 1 in f32); P and
 * Q of degree 5 were fitted for the least largest error (9.3e-9 before rounding), so one division replaces erf and its
 * branches. */
#include "nn/gelu.h"

#define VEC_BODY "nn/gelu.inc"
#include "linalg/vec_each.h"

gemm_act_fn *gelu_fn(enum gelu kind, enum cpu_level level)
{
	static gemm_act_fn *const erfs[] = VEC_LEVELS(gelu_erf), *const tanhs[] = VEC_LEVELS(gelu_tanh);
	return (kind == GELU_ERF ? erfs : tanhs)[vec_pick(level)];
}
