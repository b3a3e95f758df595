/* linear.c: see linear.h. */
#include "nn/linear.h"

NN_BODY column_sums_body(size_t n, size_t width, const real *x, real *sum)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < width; k++)
			sum[k] += x[i * width + k];
}
NN_KERNEL(column_sums, (size_t n, size_t width, const real *x, real *sum), (n, width, x, sum))

void linear_forward(size_t n, size_t in, size_t out, const real *x, const real *w, const real *b, real *y)
{
	if (n == 0)
		return;
	for (size_t i = 0; b && i < n; i++)
		memcpy(y + i * out, b, out * sizeof *y);
	real_gemm(false, true, n, out, in, 1, x, in, w, in, b ? 1 : 0, y, out);
}

void linear_backward(size_t n, size_t in, size_t out, const real *x, const real *w, const real *dy, real *dx, real *dw,
		     real *db)
{
	if (n == 0)
		return;
	if (dx)
		real_gemm(false, false, n, in, out, 1, dy, out, w, in, 1, dx, in);
	if (dw)
		real_gemm(true, false, out, in, n, 1, dy, out, x, in, 1, dw, in);
	if (db)
		column_sums(n, out, dy, db);
}
