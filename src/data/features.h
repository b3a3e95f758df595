/* features.h: the columns of an item or user table as what a model can learn from.
 *
 *     number    (x - mean) / deviation, held to [-10, 10]
 *     category  a value of its own
 *     tags      several values, "Action|Comedy", each with weight 1 / sqrt(their number)
 *
 * The table that is learned from settles types, values and scales; tables read later are seen through them. Values are
 * numbered: value c below columns.n says that column c is empty, or holds what the first table did not have (a number
 * column has this one value, and counts as 0 then). An entity is a sparse vector over the values and a dense one of the
 * numbers. */
#ifndef RECPIPE_DATA_FEATURES_H
#define RECPIPE_DATA_FEATURES_H

#include "base/log.h"
#include "data/table.h"

enum feature_type { FEATURE_NUMBER, FEATURE_CATEGORY, FEATURE_TAGS };

/* A table as it was read. */
struct feature_table {
	char *path;
	struct header columns;
	struct idmap ids;
	struct table rows;     /* row i is that of id i */
	size_t id_column;
};
/* Path or "-"; id is the name of the column of ids. ERR_DATA where it is missing, where an id is blank or twice. */
MUST_CHECK int feature_table_open(struct feature_table *t, const char *path, const char *id, struct err *e);
void feature_table_close(struct feature_table *t);

struct features {
	struct idmap columns;  /* names of the columns used */
	struct idmap values;   /* names of the values: the column's, a separator, the value's */
	unsigned char *type;   /* [columns.n] enum feature_type */
	float *scale;          /* [columns.n, 2] mean and deviation of numbers */
	size_t n_numbers;      /* columns that are numbers */
	size_t n;              /* entities */
	uint64_t *start;       /* [n + 1] */
	uint32_t *value;       /* of entity i: start[i] to start[i + 1] */
	float *weight;
};
void features_release(struct features *f);
/* Settle columns, types and values. wanted is "year:number,genres:tags,country", where a name alone has its type found;
 * NULL: every column but the id's, of which text (values that hardly repeat) is left out. What was found is told.
 * ERR_USAGE for columns or types that do not exist, ERR_DATA where a number column holds something else. */
MUST_CHECK int features_learn(struct features *f, const struct feature_table *t, const char *wanted, struct log *log,
			      struct err *e);
/* Entities f->n to ids->n - 1: their values from t, where it has them; t may be NULL. Numbers go to number[i * stride],
 * n_numbers each. ERR_DATA where t lacks a column. */
MUST_CHECK int features_take(struct features *f, const struct feature_table *t, const struct idmap *ids, float *number,
			     size_t stride, struct err *e);
/* Tensors "PREFIX.columns.bytes" and so on; the writer borrows f. */
void features_save(const struct features *f, const char *prefix, struct tensor_writer *w);
/* Of n entities; whatever points outside is ERR_DATA. */
MUST_CHECK int features_load(struct features *f, const char *prefix, size_t n, const struct tensorfile *t, struct err *e);

#endif
