/* bootstrap.h: how much a figure would vary with other users.
 *
 * Users are drawn with replacement, all of a user's pairs together since they are not independent, and the interval is
 * that between the 2.5 and 97.5 percentiles of the figure over the replicates (the percentile bootstrap: Efron and
 * Tibshirani, "An Introduction to the Bootstrap", 1993, ch. 13). Replicate i draws from stream i of the seed: the same
 * interval at any thread count. */
#ifndef RECPIPE_METRIC_BOOTSTRAP_H
#define RECPIPE_METRIC_BOOTSTRAP_H

#include "base/threads.h"

#include <stddef.h>
#include <stdint.h>

struct bootstrap {
	size_t n;     /* replicates; 0: no intervals */
	uint64_t seed;
	struct pool *pool;
};

/* The figure of n drawn units; called from several threads at once. */
typedef double bootstrap_fn(const void *context, const uint32_t *unit, size_t n);
/* NAN where no replicate gives a number. */
void bootstrap_interval(const struct bootstrap *b, size_t n_units, bootstrap_fn *figure, const void *context,
			double *low, double *high);

#endif
