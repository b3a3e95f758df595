/* levels.c: see levels.h. */
#include "metric/levels.h"

#include <string.h>

void levels_init(struct levels *l)
{
	l->n = 0;
	l->too_many = false;
	l->min = l->max = 0;
}

/* Where x is, or would be. */
static size_t place_of(const struct levels *l, double x)
{
	size_t low = 0, high = l->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (l->v[middle] < x)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void levels_add(struct levels *l, double x)
{
	bool first = !l->n && !l->too_many;
	l->min = first || x < l->min ? x : l->min;
	l->max = first || x > l->max ? x : l->max;
	if (l->too_many)
		return;
	size_t at = place_of(l, x);
	if (at < l->n && l->v[at] == x)
		return;
	if (l->n == LEVELS_MAX) {
		l->too_many = true;
		l->n = 0;
		return;
	}
	memmove(l->v + at + 1, l->v + at, (l->n - at) * sizeof *l->v);
	l->v[at] = x;
	l->n++;
}

double levels_like(const struct levels *l)
{
	double middle = l->min + (l->max - l->min) / 2;
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i] > middle)
			return l->v[i];
	return l->n ? l->max : middle;
}
