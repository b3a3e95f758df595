/* levels.h: the distinct values of a rating scale. */
#ifndef RECPIPE_METRIC_LEVELS_H
#define RECPIPE_METRIC_LEVELS_H

#include <stdbool.h>
#include <stddef.h>

enum { LEVELS_MAX = 4096 };

struct levels {
	double v[LEVELS_MAX]; /* ascending */
	size_t n;
	bool too_many;        /* the scale is continuous: v and n then mean nothing */
	double min, max;      /* of all values */
};

void levels_init(struct levels *l);
void levels_add(struct levels *l, double x);
/* The smallest level above the middle of the scale: 4 of 1..5, 1 of 0..1; the top where there is one level, the middle
 * of a continuous scale. */
double levels_like(const struct levels *l);

#endif
