/* events.h: feedback in memory, as columns.
 *
 * Read from canonical CSV: user,item[,rating][,time][,text][,...]. A missing rating column means implicit feedback (rating
 * 1 each), a missing time column means row order; texts are kept where they are asked for. Ids go through two maps that the
 * caller passes, so that several files (train, valid, new feedback) and a loaded model share one numbering; ids that are new
 * are appended. */
#ifndef RECPIPE_DATA_EVENTS_H
#define RECPIPE_DATA_EVENTS_H

#include "base/err.h"
#include "base/threads.h"
#include "data/idmap.h"
#include "data/textlist.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct events {
	size_t n;
	uint32_t *user, *item; /* indices into the maps */
	float *rating;         /* never NULL, finite */
	double *time_s;        /* seconds since 1970 UTC; NULL where the file has no time column */
	bool has_rating;       /* the file has a rating column */
	struct textlist text;  /* what was said, one an event; n is 0 where there is no text column, or nobody asked for it */
};
#define EVENTS_INIT { 0, NULL, NULL, NULL, NULL, false, TEXTLIST_INIT }

/* Path or "-". Blank ids, ratings or times that are not numbers, and missing user/item columns are ERR_DATA with file,
 * line and column name. Parsing runs in parallel blocks; numbering is that of row order at any thread count. */
MUST_CHECK int events_read(struct events *ev, const char *path, struct idmap *users, struct idmap *items,
			   struct pool *pool, struct err *e);
/* The same with the text column, where there is one. */
MUST_CHECK int events_read_text(struct events *ev, const char *path, struct idmap *users, struct idmap *items,
				struct pool *pool, struct err *e);
void events_release(struct events *ev);
/* Row numbers in order of (time, row): stable. order has ev->n entries, caller's. */
void events_time_order(const struct events *ev, uint32_t *order);

/* Compressed sparse rows: for row r the entries [start[r], start[r+1]) of column/value; within a row in event order. */
struct csr {
	size_t n_rows, n;
	size_t *start;    /* n_rows + 1 */
	uint32_t *column;
	float *value;
	uint32_t *event;  /* the row of the events it came from */
};
/* By user (columns are items), or by item (columns are users). Owner: caller. */
void csr_by_user(struct csr *c, const struct events *ev, size_t n_users);
void csr_by_item(struct csr *c, const struct events *ev, size_t n_items);
/* By user, within a row in order of (time, row). */
void csr_by_user_time(struct csr *c, const struct events *ev, size_t n_users);
void csr_release(struct csr *c);

#endif
