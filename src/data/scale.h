/* scale.h: an invertible map of a column of numbers, and the file that keeps it: y = (x - shift) / spread, with one shift
 * and spread for all rows, or a shift for each user. */
#ifndef RECPIPE_DATA_SCALE_H
#define RECPIPE_DATA_SCALE_H

#include "data/idmap.h"

struct scale {
	double shift, spread;  /* spread is not 0 */
	struct idmap users;    /* those with a shift of their own */
	double *user_shift;
};

/* JSON: {"format": "recpipe.scale", "version": 1, "shift": s, "spread": d, "users": {"id": shift, ...}}; written whole or
 * not at all. */
MUST_CHECK int scale_save(const struct scale *s, const char *path, struct err *e);
MUST_CHECK int scale_load(struct scale *s, const char *path, struct err *e);
void scale_release(struct scale *s);
/* The shift for a user; the common one where the user has none of their own. */
double scale_shift(const struct scale *s, struct str user);

#endif
