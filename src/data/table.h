/* table.h: all rows in memory, for what cannot be decided row by row.
 *
 * A row is one packed run of bytes: line, input, the length of each field, the fields. About 16 + 4 a column + the text
 * itself; a changed row is packed again behind the others. */
#ifndef RECPIPE_DATA_TABLE_H
#define RECPIPE_DATA_TABLE_H

#include "data/idmap.h"
#include "data/rows.h"
#include "io/csv.h"

struct table {
	size_t n, n_columns;
	uint64_t *start;  /* of each row in bytes */
	size_t capacity;
	struct buf bytes;
	struct arena memory; /* of rows taken out and changed */
};
void table_init(struct table *t, size_t n_columns);
void table_release(struct table *t);
/* Copies the row. At most 2^32 - 2 rows (ERR_DATA). */
MUST_CHECK int table_add(struct table *t, const struct row *r, struct err *e);
/* All rows of csv into an empty table, whose row i is that of id i in the column `key`. ERR_DATA for an id that is blank or
 * twice. */
MUST_CHECK int table_read(struct table *t, struct idmap *ids, struct csv *csv, size_t key, struct err *e);
/* Row i into *out, whose field array (the caller's) has room for n_columns; borrowed until the table changes. */
void table_row(struct table *t, size_t i, struct row *out);
struct str table_field(const struct table *t, size_t i, size_t c);
void table_set(struct table *t, size_t i, size_t c, struct str text);

/* A column as indices into a map that grows. Owner of the result: caller. */
uint32_t *table_ids(const struct table *t, size_t c, struct idmap *m);
/* A column as numbers, NAN where the field is empty. NULL with ERR_DATA, naming input and line, where it is neither.
 * Owner: caller. */
double *table_numbers(const struct table *t, size_t c, const char *column, const char *const *input_name, struct err *e);
/* Row numbers in order of (key, row); key is finite or NAN (last). Owner: caller. */
uint32_t *table_order(const double *key, size_t n);

#endif
