/* rejects.h: bad rows that are dropped: at most so many, each counted by reason and kept in a file of its own. */
#ifndef RECPIPE_DATA_REJECTS_H
#define RECPIPE_DATA_REJECTS_H

#include "data/source.h"
#include "io/stream.h"

#include <stdbool.h>

enum { REJECT_REASONS = 16 };

struct rejects {
	size_t allowed, n;
	bool hide;          /* write no fields: they may hold ids that must not be seen */
	struct out *out;    /* or NULL */
	struct buf line;
	struct {
		char *text;
		size_t n;
	} reason[REJECT_REASONS];
};
/* path: CSV of input (1: the first named), line, reason, and the raw fields; NULL for none. */
MUST_CHECK int rejects_open(struct rejects *r, size_t allowed, const char *path, bool hide, struct err *e);
/* One bad row of a source; e holds what was wrong. 0 to go on; ERR_DATA, with e's message, where it is one too many. */
MUST_CHECK int rejects_take(struct rejects *r, const struct source *s, const char *reason, struct err *e);
/* The file gets its name. */
MUST_CHECK int rejects_close(struct rejects *r, struct err *e);

#endif
