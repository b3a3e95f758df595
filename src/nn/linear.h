/* linear.h: y = x w^T + b, for each row of x.
 *
 * x [n, in], w [out, in], b [out], y [n, out], all contiguous and row-major. Nothing is saved but the input. Runs on
 * the calling thread (linalg/blas.h). n may be 0. */
#ifndef RECPIPE_NN_LINEAR_H
#define RECPIPE_NN_LINEAR_H

#include "nn/real.h"

/* b may be NULL. */
void linear_forward(size_t n, size_t in, size_t out, const real *x, const real *w, const real *b, real *y);
/* dx += dy w, dw += dy^T x, db += column sums of dy, each where it is not NULL. */
void linear_backward(size_t n, size_t in, size_t out, const real *x, const real *w, const real *dy, real *dx, real *dw,
		     real *db);
/* sum[width] += the rows of x [n, width], in row order. */
void column_sums(size_t n, size_t width, const real *x, real *sum);

#endif
