/* account.h: what came out of preprocess, counted as it passes: rows, users, items, ratings, the span of time. */
#ifndef RECPIPE_DATA_ACCOUNT_H
#define RECPIPE_DATA_ACCOUNT_H

#include "data/idmap.h"
#include "data/rows.h"

#include <stdbool.h>

enum { ACCOUNT_LEVELS = 32 };

struct account {
	ptrdiff_t user, item, rating, time; /* columns, or -1 */
	struct idmap users, items;
	size_t n;
	double level[ACCOUNT_LEVELS];       /* the rating values there are, until there are too many */
	size_t level_n[ACCOUNT_LEVELS], n_levels;
	bool many_levels;
	double rating_min, rating_max, rating_sum;
	size_t n_rated;
	double time_min, time_max;
	size_t n_timed;
};

void account_open(struct account *a, const struct header *columns);
void account_row(struct account *a, const struct row *row);
/* As members of a JSON object, without the braces. */
void account_put(const struct account *a, struct buf *out);
void account_release(struct account *a);

#endif
