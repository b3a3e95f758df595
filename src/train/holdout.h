/* holdout.h: a part of the training events set aside, so that a model can stop in time without a validation file. */
#ifndef RECPIPE_TRAIN_HOLDOUT_H
#define RECPIPE_TRAIN_HOLDOUT_H

#include "data/events.h"

enum holdout { HOLDOUT_NONE, HOLDOUT_TIME, HOLDOUT_RANDOM, HOLDOUT_LAST }; /* order of "none|time|random|last" */

/* The rows of ev named by row[n], in that order, as events of their own. Owner: caller, by events_release. */
void events_take(const struct events *ev, const uint32_t *row, size_t n, struct events *out);
/* Cut ev in two: `valid` gets the newest (HOLDOUT_TIME; by row order where there is no time) or random
 * (HOLDOUT_RANDOM) fraction of the rows, at least one, or the newest row of each user who has others (HOLDOUT_LAST: leave
 * last out; fraction is not read); `train` the others, at least one. ERR_DATA where ev has fewer than two rows, or no user
 * has two. Both keep the row order of ev. Owner: caller, by events_release. */
MUST_CHECK int holdout_split(const struct events *ev, enum holdout how, double fraction, uint64_t seed,
			     struct events *train, struct events *valid, struct err *e);

#endif
