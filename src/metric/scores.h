/* scores.h: from predictions and ranked lists to the rows of a report, whole and by scope.
 *
 * Plain arrays and indices, so that any system's output can be scored. A scope is a part of the test: the users
 * (items) that training knew are warm, the others cold. A rating metric takes the pairs of its scope. A ranking metric
 * is a mean over the users of its scope who have a relevant item; for the scopes of items the list stays as it is and
 * only warm (cold) items count as relevant. */
#ifndef RECPIPE_METRIC_SCORES_H
#define RECPIPE_METRIC_SCORES_H

#include "metric/bootstrap.h"
#include "metric/columns.h"
#include "metric/report.h"

enum { N_SCOPES = 5 };

/* What training knew of the test's users and items. NULL: nothing is known of it, and "all" is the only scope. */
struct warmth {
	const bool *user, *item;
};

/* ---- ratings ---- */

struct rated_pairs {
	size_t n, n_users;
	const uint32_t *user, *item;
	const double *truth, *predicted;
	const double *levels;
	size_t n_levels;
	double like;
};

/* "pairs" and every rating column, by scope. per_user[c * n_users + u], where it is not NULL, gets column c of user u's
 * own pairs. */
void rated_report(const struct columns *c, const struct rated_pairs *p, struct warmth w, const struct bootstrap *b,
		  struct report *out, double *per_user);

/* ---- rankings ---- */

/* The relevant items of every user, ascending by index within a user, each once, with gains above 0. */
struct relevant {
	size_t n_users;
	size_t *start;   /* [n_users + 1] */
	uint32_t *item;
	double *gain;
};

/* The values of all users: value[v][c * n_users + u], NAN where the user has no relevant item; v says which items
 * count as relevant: all, warm, cold. */
struct rankings {
	const struct columns *columns;
	const struct relevant *relevant;
	struct warmth warmth;
	double *value[3];
	size_t *n_relevant[3]; /* [n_users] */
};

/* Everything is borrowed. Every list is empty until it is put. */
void rankings_init(struct rankings *r, const struct columns *c, const struct relevant *relevant, struct warmth w);
void rankings_release(struct rankings *r);
/* The n items listed for a user, best first; indices that no item of the test has are fine. */
void rankings_put(struct rankings *r, uint32_t user, const uint32_t *item, size_t n);
/* "users" (scored), "relevant" (items) and every ranking column, by scope. */
void rankings_report(const struct rankings *r, const struct bootstrap *b, struct report *out);

#endif
