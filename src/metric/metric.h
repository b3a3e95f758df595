/* metric.h: what a metric is, and the registry. Sees only base and linalg: numbers and ranked lists are plain structs,
 * so any system's output can be scored.
 *
 * A metric is one const struct metric in its own file and one line in metrics.def. */
#ifndef RECPIPE_METRIC_METRIC_H
#define RECPIPE_METRIC_METRIC_H

#include "base/options.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* n predictions against n truths. */
struct rated {
	const double *truth, *predicted;
	size_t n;
	const double *levels; /* the rating levels there are, ascending; for accuracy by nearest level */
	size_t n_levels;
	double like;          /* a truth (prediction) of at least this is a like */
};

/* One user's ranking: gain[r] is the gain of the item at rank r (0: not relevant), r from 0. */
struct ranked {
	const double *gain;
	size_t n;              /* ranks filled: may be below k */
	const double *ideal;   /* gains of all relevant items, descending, found or not */
	size_t n_relevant;     /* > 0: users without a relevant item are not scored, which the report states */
};

struct metric {
	struct part part; /* first; part.help is the exact definition with its source */
	bool smaller_is_better;
	bool scale_free; /* rated only: any scores do, they need not be on the rating scale */
	/* One of the two. NAN where it is not defined (no pairs, one class only). */
	double (*rated)(const struct rated *r);
	double (*ranked)(const struct ranked *r, size_t k); /* averaged over users by the caller */
};

extern const struct part *const metrics[];
extern const size_t n_metrics;
static inline const struct metric *metric_of(const struct part *p)
{
	return (const struct metric *)p;
}

/* Ranks that count at a cut of k; relevant items among them. */
static inline size_t ranked_depth(const struct ranked *r, size_t k)
{
	return r->n < k ? r->n : k;
}
size_t ranked_hits(const struct ranked *r, size_t k);

#endif
