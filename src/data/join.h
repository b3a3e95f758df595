/* join.h: columns of an item or user table beside each row. The table is held in memory, the rows stream. */
#ifndef RECPIPE_DATA_JOIN_H
#define RECPIPE_DATA_JOIN_H

#include "data/rows.h"

struct join {
	char *text;          /* "items.csv:on=item,columns=a+b", cut up */
	const char *path, *on, *list;
	size_t key;          /* the column `on` of the rows */
	size_t *column;      /* what is taken from the table */
	size_t n_columns, n_in;
	struct table *table;
	struct idmap *ids;
	struct str *field;   /* room for a row with the new columns */
	size_t n_found, n_missing;
	row_fn *to;
	void *to_context;
};

/* Reads the table (canonical CSV) and appends its columns. ERR_USAGE for a bad spec or column names that are there
 * already; ERR_DATA for an id that is twice in the table. The join is released in any case by join_release. */
MUST_CHECK int join_open(struct join *j, const char *spec, struct header *columns, struct err *e);
/* A row_fn over a struct join: passes the row on with the new fields, which are empty where the table lacks the id. */
int join_row(void *context, struct row *row, struct err *e);
void join_release(struct join *j);

#endif
