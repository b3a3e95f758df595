/* stats.c: see stats.h. Groups are made contiguous by a counting sort; sums run in row order. */
#include "data/stats.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

double quantile(const double *ascending, size_t n, double q)
{
	double at = q * (double)(n - 1);
	size_t i = (size_t)at;
	if (i + 1 >= n)
		return ascending[n - 1];
	return ascending[i] + (at - (double)i) * (ascending[i + 1] - ascending[i]);
}

static int by_value(const void *pa, const void *pb)
{
	const double *a = pa, *b = pb;
	return *a < *b ? -1 : *a > *b;
}

static struct fence fence_iqr(double *x, size_t n, double limit)
{
	qsort(x, n, sizeof *x, by_value);
	double q1 = quantile(x, n, 0.25), q3 = quantile(x, n, 0.75), reach = limit * (q3 - q1);
	return (struct fence){ q1 - reach, q3 + reach };
}

static struct fence fence_zscore(const double *x, size_t n, double limit)
{
	double sum = 0, squares = 0;
	for (size_t i = 0; i < n; i++)
		sum += x[i];
	double mean = sum / (double)n;
	for (size_t i = 0; i < n; i++)
		squares += (x[i] - mean) * (x[i] - mean);
	double reach = limit * sqrt(squares / (double)n);
	return reach > 0 ? (struct fence){ mean - reach, mean + reach } : (struct fence){ -INFINITY, INFINITY };
}

struct fence *fences_new(const double *x, const uint32_t *group, size_t n, size_t n_groups, enum fence_method method,
			 double limit)
{
	struct fence *f = MEM_NEW(n_groups, struct fence);
	double *sorted = MEM_NEW(n, double);
	size_t *end = MEM_ZNEW(n_groups + 1, size_t);
	for (size_t i = 0; i < n; i++)
		end[group[i] + 1] += !isnan(x[i]);
	for (size_t g = 0; g < n_groups; g++)
		end[g + 1] += end[g];
	for (size_t i = 0; i < n; i++) /* end[g] goes from the start of group g to its end */
		if (!isnan(x[i]))
			sorted[end[group[i]]++] = x[i];
	for (size_t g = 0, from = 0; g < n_groups; from = end[g++]) {
		size_t n_here = end[g] - from;
		f[g] = n_here == 0             ? (struct fence){ -INFINITY, INFINITY }
		       : method == FENCE_IQR ? fence_iqr(sorted + from, n_here, limit)
					     : fence_zscore(sorted + from, n_here, limit);
	}
	mem_free(sorted);
	mem_free(end);
	return f;
}
