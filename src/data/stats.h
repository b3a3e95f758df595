/* stats.h: fences around what is usual, for groups of numbers. */
#ifndef RECPIPE_DATA_STATS_H
#define RECPIPE_DATA_STATS_H

#include <stddef.h>
#include <stdint.h>

struct fence {
	double low, high; /* usual values lie in [low, high] */
};
enum fence_method { FENCE_ZSCORE, FENCE_IQR };
/* One fence a group: mean -+ limit * population standard deviation, or quartiles -+ limit * their distance (linear
 * interpolation). group[i] < n_groups is the group of x[i]; NAN is left out. A group without any number, and by z-score one
 * without spread, has an infinite fence. Owner: caller. */
struct fence *fences_new(const double *x, const uint32_t *group, size_t n, size_t n_groups, enum fence_method method,
			 double limit);
/* Quantile q in [0, 1] of n > 0 ascending values. */
double quantile(const double *ascending, size_t n, double q);

#endif
