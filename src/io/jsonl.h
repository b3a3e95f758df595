/* jsonl.h: JSON lines as rows of text, in the manner of csv.h.
 *
 * Each line is one object. Columns are the keys of the first JSONL_LOOK lines in order of first appearance, and what the
 * caller wants besides (a dotted path leads into nested objects). A key that appears only later is not a column, and is
 * counted. Text stays as it is; numbers become the shortest text; null and what is missing become empty; arrays are
 * joined by a separator; objects become compact JSON. Lines end in LF or CRLF; blank ones are skipped. */
#ifndef RECPIPE_IO_JSONL_H
#define RECPIPE_IO_JSONL_H

#include "base/options.h"
#include "io/csv.h"

enum { JSONL_LOOK = 1000 };

struct jsonl_format {
	const struct strings *want;  /* columns there must be; may be NULL */
	const char *array_separator;
	bool ones;                   /* booleans as 1 and 0 instead of yes and no */
};

struct jsonl;
/* Takes the stream over in any case. A file without any line is ERR_DATA. Owner of *out: caller. */
MUST_CHECK int jsonl_open_stream(struct jsonl **out, struct in *in, const struct jsonl_format *format, struct err *e);
const struct str *jsonl_header(const struct jsonl *j, size_t *n);
/* As csv_next. A line that is no object is ERR_DATA: row holds the line as its only field, and reading may go on. */
MUST_CHECK int jsonl_next(struct jsonl *j, struct csv_row *row, struct err *e);
/* Values left out so far, since their keys appeared only behind the first JSONL_LOOK lines. */
size_t jsonl_left_out(const struct jsonl *j);
void jsonl_close(struct jsonl *j);

#endif
