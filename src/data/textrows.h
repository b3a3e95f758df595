/* textrows.h: rows of a CSV as (id, text), in windows: what encode reads.
 *
 * The text of a row is a template over its columns ("{title}. {description}"), or columns joined by a space, with an
 * optional prefix (what some models expect before a query or a passage). A row whose columns are all blank is empty:
 * its text has no bytes, not even the template's own or the prefix. */
#ifndef RECPIPE_DATA_TEXTROWS_H
#define RECPIPE_DATA_TEXTROWS_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct textrows_spec {
	const char *id;       /* column; NULL: "item", "user" or "id", whichever comes first in that order */
	const char *columns;  /* "title,description"; NULL with template NULL: all columns but the id */
	const char *template; /* "{title}. {description}", {{ and }} are braces; overrides columns */
	const char *prefix;   /* before every text that is not empty; NULL: none */
	bool ids_only;        /* rows have no text */
	bool no_id;           /* rows need no id, and theirs are empty */
};

/* Up to TEXTROWS_WINDOW rows or about 16 MB of text. Views are borrowed until the next fill. */
enum { TEXTROWS_WINDOW = 8192 };
struct textrows_window {
	size_t n;
	struct str *id, *text;
	uint64_t *row;  /* input rows, counted from 0 */
	size_t *line;   /* where the row begins in the file */
	struct buf bytes;
};
void textrows_window_init(struct textrows_window *w);
void textrows_window_release(struct textrows_window *w);

struct textrows;
/* path may be "-". Missing columns and a bad template are ERR_DATA and ERR_USAGE. Owner of *out: caller. */
MUST_CHECK int textrows_open(struct textrows **out, const char *path, const struct textrows_spec *spec, struct err *e);
void textrows_close(struct textrows *t);
const char *textrows_name(const struct textrows *t);
/* The next rows; w->n is 0 at the end. Blank ids are ERR_DATA with the line. */
MUST_CHECK int textrows_fill(struct textrows *t, struct textrows_window *w, struct err *e);
/* About how many rows there are in all, by how much of the input has been read; 0 where that is unknown (a pipe, in its
 * first pass). */
size_t textrows_total(const struct textrows *t);
/* For several passes, also over a pipe: before the first fill, keep what is read in a spool (io/spool.h); after the last
 * window, go back to the first. */
MUST_CHECK int textrows_keep(struct textrows *t, struct err *e);
MUST_CHECK int textrows_rewind(struct textrows *t, struct err *e);

#endif
