/* fgm.c: see fgm.h. */
#include "nn/fgm.h"

void fgm_shift(size_t n, real epsilon, const real *g, real *shift)
{
	real most = 0;
	for (size_t i = 0; i < n; i++)
		most = g[i] > most ? g[i] : -g[i] > most ? -g[i] : most;
	for (size_t i = 0; i < n; i++)
		shift[i] = most > 0 ? g[i] / most : 0; /* gradients may be too small to be squared */
	real norm = real_sqrt(nn_dot(n, shift, shift));
	for (size_t i = 0; i < n && norm > 0; i++)
		shift[i] *= epsilon / norm;
}
