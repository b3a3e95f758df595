/* bootstrap.c: see bootstrap.h. */
#include "metric/bootstrap.h"
#include "base/mem.h"
#include "base/rng.h"

#include <math.h>
#include <stdlib.h>

struct job {
	const struct bootstrap *b;
	size_t n_units;
	bootstrap_fn *figure;
	const void *context;
	double *value; /* [b->n] */
};

static void replicate(void *context, size_t block, size_t worker)
{
	(void)worker;
	const struct job *job = context;
	uint32_t *unit = MEM_NEW(job->n_units, uint32_t);
	struct rng r;
	rng_init(&r, job->b->seed, block);
	for (size_t i = 0; i < job->n_units; i++)
		unit[i] = (uint32_t)rng_below(&r, job->n_units);
	job->value[block] = job->figure(job->context, unit, job->n_units);
	mem_free(unit);
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Linear between the neighbours in rank, as most statistics programs have it. */
static double percentile(const double *sorted, size_t n, double share)
{
	double at = share * (double)(n - 1);
	size_t i = (size_t)at;
	return i + 1 < n ? sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i]) : sorted[n - 1];
}

void bootstrap_interval(const struct bootstrap *b, size_t n_units, bootstrap_fn *figure, const void *context,
			double *low, double *high)
{
	size_t n = 0;
	*low = *high = NAN;
	if (!n_units || !b->n)
		return;
	struct job job = { b, n_units, figure, context, MEM_NEW(b->n, double) };
	pool_run(b->pool, b->n, replicate, &job);
	for (size_t i = 0; i < b->n; i++)
		if (!isnan(job.value[i]))
			job.value[n++] = job.value[i];
	qsort(job.value, n, sizeof *job.value, ascending);
	if (n) {
		*low = percentile(job.value, n, 0.025);
		*high = percentile(job.value, n, 0.975);
	}
	mem_free(job.value);
}
