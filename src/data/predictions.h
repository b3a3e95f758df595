/* predictions.h: anybody's predictions for (user, item) pairs, or ranked lists, from CSV.
 *
 * Columns user, item and one of: rank (whole numbers from 1), prediction, score, rating. Rows are kept by user and,
 * within a user, in order of item index. */
#ifndef RECPIPE_DATA_PREDICTIONS_H
#define RECPIPE_DATA_PREDICTIONS_H

#include "base/err.h"
#include "data/idmap.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum predictions_kind {
	PREDICTIONS_AUTO,  /* lists if there is a column rank, or score and no prediction; otherwise pairs */
	PREDICTIONS_PAIRS, /* each row predicts the rating of a pair */
	PREDICTIONS_LISTS, /* a user's rows are a ranking */
};

struct predictions {
	enum predictions_kind kind; /* pairs or lists */
	bool ranks;                 /* value holds ranks: small is good */
	size_t n, n_users;
	size_t *start;              /* [n_users + 1] */
	uint32_t *item;
	double *value;
};

/* Ids are added to the maps; rows of users are those of *users after the call. ERR_DATA, with file and line, for
 * missing columns, blank ids, values that are no numbers, a pair that comes twice, a rank that a user has twice. */
MUST_CHECK int predictions_read(struct predictions *p, const char *path, enum predictions_kind kind,
				struct idmap *users, struct idmap *items, struct err *e);
void predictions_release(struct predictions *p);
/* The value of a pair; false if there is none. */
bool predictions_find(const struct predictions *p, uint32_t user, uint32_t item, double *value);
/* The items of a user's list, best first: by rank, or by value descending and then place (idmap_rank of the items).
 * out has room for all rows of the user; returns their number. */
size_t predictions_list(const struct predictions *p, uint32_t user, const uint32_t *place, uint32_t *out);

#endif
