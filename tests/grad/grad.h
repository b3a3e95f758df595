/* grad.h: backward passes against finite differences, in double. */
#ifndef RECPIPE_TESTS_GRAD_H
#define RECPIPE_TESTS_GRAD_H

#include "unit.h"

#include "base/rng.h"
#include "nn/real.h"

#define GRAD_MOST 1e-6

static inline void fill(struct rng *r, size_t n, double spread, real *x)
{
	for (size_t i = 0; i < n; i++)
		x[i] = spread * rng_normal(r);
}

/* dx[n] against the central differences of f in x[n]; relative to the largest of dx. */
static inline void check_gradient(const char *what, double (*f)(void *), void *context, real *x, size_t n,
				  const real *dx)
{
	double most = 0, worst = 0, h = 1e-5;
	for (size_t i = 0; i < n; i++)
		most = fmax(most, fabs(dx[i]));
	for (size_t i = 0; i < n; i++) {
		double kept = x[i];
		x[i] = kept + h;
		double up = f(context);
		x[i] = kept - h;
		double down = f(context);
		x[i] = kept;
		worst = fmax(worst, fabs((up - down) / (2 * h) - dx[i]));
	}
	if (!(worst <= GRAD_MOST * fmax(most, 1e-3)))
		fail_msg("%s: error %g of %g", what, worst, most);
}

#endif
