/* pooling.c: see pooling.h. */
#include "nn/pooling.h"

void pooling_forward(enum pooling kind, size_t n, size_t width, const real *x, real *y)
{
	memcpy(y, x, width * sizeof *y);
	for (size_t i = 1; kind != POOLING_CLS && i < n; i++)
		for (size_t j = 0; j < width; j++) {
			real v = x[i * width + j];
			y[j] = kind == POOLING_MEAN ? y[j] + v : v > y[j] ? v : y[j];
		}
	for (size_t j = 0; kind == POOLING_MEAN && j < width; j++)
		y[j] /= (real)n;
}

static size_t top_row(size_t n, size_t width, const real *x)
{
	size_t top = 0;
	for (size_t i = 1; i < n; i++)
		top = x[i * width] > x[top * width] ? i : top;
	return top;
}

void pooling_backward(enum pooling kind, size_t n, size_t width, const real *x, const real *dy, real *dx)
{
	if (kind == POOLING_MAX) {
		for (size_t j = 0; j < width; j++)
			dx[top_row(n, width, x + j) * width + j] += dy[j];
		return;
	}
	real share = kind == POOLING_MEAN ? 1 / (real)n : 1;
	for (size_t i = 0; i < (kind == POOLING_MEAN ? n : 1); i++)
		for (size_t j = 0; j < width; j++)
			dx[i * width + j] += share * dy[j];
}
