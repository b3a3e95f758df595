/* rows.h: rows of text with named columns: what every part of preprocess takes and gives.
 *
 * A row is borrowed: its fields live until whoever passes it on takes the next one. New text for a field comes from
 * row->memory, which is emptied behind the row. Ids, numbers and words all stay text here; canonical order of the
 * columns is the business of the source (data/source.h) and, for those added on the way, of the end (cmd/preprocess.c). */
#ifndef RECPIPE_DATA_ROWS_H
#define RECPIPE_DATA_ROWS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

#include <stddef.h>
#include <stdint.h>

struct header {
	const char **name;
	size_t n;
	struct arena memory;
};
#define HEADER_INIT { NULL, 0, ARENA_INIT }
void header_release(struct header *c);
/* Appends a column; the name is copied. A name that is there already is ERR_USAGE. */
MUST_CHECK int header_add(struct header *c, struct str name, struct err *e);
/* Index, or -1. */
ptrdiff_t header_find(const struct header *c, struct str name);
/* Index into *out, or ERR_DATA that lists the columns there are. */
MUST_CHECK int header_need(const struct header *c, struct str name, size_t *out, struct err *e);
/* A list written "a+b+c". Owner of *out: caller, by mem_free. */
MUST_CHECK int header_need_list(const struct header *c, const char *list, size_t **out, size_t *n, struct err *e);

struct row {
	struct str *field; /* each is NUL-terminated besides */
	size_t n;
	size_t line;       /* where the row begins in its input, from 1 */
	uint32_t input;    /* which of the inputs, from 0 */
	struct arena *memory;
};

/* Give field c of a row new text, copied into the row's memory. */
void row_set(struct row *r, size_t c, struct str text);

/* Where rows go. */
typedef int row_fn(void *context, struct row *row, struct err *e);

/* The next piece of a list: text up to the separator; *rest moves behind it, and its p is NULL behind the last piece. */
struct str str_cut(struct str *rest, char separator);

#endif
