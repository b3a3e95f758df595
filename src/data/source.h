/* source.h: raw files to rows with canonical names: CSV and its relatives or JSON lines, one or several inputs.
 *
 * Columns get their names by the mapping; ids must not be blank, ratings become plain numbers, times become seconds
 * since 1970 UTC. One row at a time is in memory. */
#ifndef RECPIPE_DATA_SOURCE_H
#define RECPIPE_DATA_SOURCE_H

#include "base/options.h"
#include "data/rows.h"
#include "data/when.h"
#include "io/csv.h"

enum source_kind { SOURCE_EVENTS, SOURCE_ITEMS, SOURCE_USERS };
enum input_format { INPUT_AUTO, INPUT_CSV, INPUT_JSONL }; /* auto: JSON lines where the first byte is '{' */

struct source_options {
	enum source_kind kind;
	enum input_format input_format;
	struct csv_format csv;
	const struct strings *map; /* each "user=userId,time=4": target name, then a column by name or position, or several
				    * joined by '+', whose values are joined by ':' */
	const char *keep, *drop;   /* of the columns not mapped: "a,b"; NULL: all, none */
	const char *time_format;   /* when.h */
	const char *array_separator;
	bool ones;                 /* io/jsonl.h */
};

/* The canonical columns, in their order. */
extern const char *const canonical_columns[];
extern const size_t n_canonical_columns;

struct source;
/* Opens the first input and appends its columns to `columns`. All inputs must have the columns of the first. Paths are
 * borrowed. Owner of *out: caller. */
MUST_CHECK int source_open(struct source **out, const struct strings *paths, const struct source_options *o,
			   struct header *columns, struct err *e);
/* 1 and a row, 0 at the end, negative on error. Where *reason is set besides, only this row is bad: reason says why in
 * words that can be counted, source_raw gives its fields, and reading may go on. */
MUST_CHECK int source_next(struct source *s, struct row *row, const char **reason, struct err *e);
const struct csv_row *source_raw(const struct source *s, size_t *input);
/* Names of the inputs for messages. */
const char *const *source_names(const struct source *s);
/* JSON values left out since their key appeared too late (io/jsonl.h). */
size_t source_left_out(const struct source *s);
void source_close(struct source *s);

#endif
