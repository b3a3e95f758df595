/* csv.h: RFC 4180 and its relatives, one row at a time. The sole user of libcsv.
 *
 * Handles quotes with doubled quotes and embedded newlines, LF and CRLF (also mixed), a UTF-8 byte order mark, fields of
 * any length (up to max_field), gzip and pipes (io/stream.h), any one-byte separator and the two-character "::"
 * (MovieLens), quoting switched off (for files with bare quotes), input encodings by iconv. Blank lines are skipped.
 * NUL bytes and invalid UTF-8 are bad data. Every row knows the line where it began. */
#ifndef RECPIPE_IO_CSV_H
#define RECPIPE_IO_CSV_H

#include "base/buf.h"
#include "base/err.h"
#include "io/stream.h"

#include <stdbool.h>
#include <stddef.h>

struct csv_format {
	const char *separator; /* ",", "\t", "|", ";", "::"; NULL: guessed from the first line among those */
	bool no_quotes;        /* '"' is an ordinary character */
	bool no_header;        /* columns are then named "1", "2", ... */
	const char *encoding;  /* NULL or "utf-8": taken as it is and checked; any other name goes through iconv */
	size_t max_field;      /* bytes; 0: 16 MiB */
};
#define CSV_FORMAT_DEFAULT { ",", false, false, NULL, 0 }

struct csv_row {
	const struct str *field; /* borrowed until the next call; each field is NUL-terminated besides */
	size_t n;
	size_t line;             /* where the row begins, counted from 1 */
};

struct csv;
/* Opens path ("-": stdin) and reads the header. A file without any row (an empty file) is ERR_DATA. Owner: caller. */
MUST_CHECK int csv_open(struct csv **out, const char *path, const struct csv_format *format, struct err *e);
/* The same over a stream that is already open (and may have been looked into by in_peek); takes it over in any case. */
MUST_CHECK int csv_open_stream(struct csv **out, struct in *in, const struct csv_format *format, struct err *e);
const char *csv_name(const struct csv *c);
double csv_share(const struct csv *c); /* as in_share */
/* Column names, in order; borrowed for the life of c. Duplicate names are ERR_DATA at open. */
const struct str *csv_header(const struct csv *c, size_t *n);
/* The same as text for messages: "user, item". */
void csv_put_names(const struct csv *c, struct buf *out);
/* Index of a column by name, or by position where name is a number and no column has that name; -1 if none. */
ptrdiff_t csv_column(const struct csv *c, const char *name);
/* The index of a column that must be there: ERR_DATA names those that are, and says how one gets the name. */
MUST_CHECK int csv_need(const struct csv *c, const char *name, ptrdiff_t *at, struct err *e);
/* The next row: 1 and *row filled, 0 at the end, negative on error. A row whose number of fields differs from the
 * header's is ERR_DATA with file and line; *row is filled then too and reading may go on, so that a caller who skips
 * bad rows can. Errors that cannot be skipped (the stream itself) leave row->field NULL and repeat on the next call. */
MUST_CHECK int csv_next(struct csv *c, struct csv_row *row, struct err *e);
void csv_close(struct csv *c);

/* The fast way through a file: rows are not put together; each field goes to a function as it comes. The rows that are
 * left can be visited from several threads, a block of whole rows each. csv_next, csv_visit and blocks see the same
 * rows, the same lines and the same errors. */
struct csv_visitor {
	void *context;
	/* Field number `column`, from 0, of the current row; column may be beyond the header's (the row is then an error). */
	void (*field)(void *context, size_t column, struct str value);
	/* The row that began at `line` is complete and sound; negative stops, with e filled. */
	int (*row)(void *context, size_t line, struct err *e);
};
struct csv_block {
	struct buf text;
	size_t from, line; /* offset of its first row, and that row's line */
	bool after_cr;
};
#define CSV_BLOCK_INIT { BUF_INIT, 0, 0, false }
/* Take a block of whole rows: 1, or 0 where csv_visit must read on (at the end, at a quote, at a very long row). The block
 * is CSV_BLOCK_INIT or an old one, whose memory is used again; owner: caller, by csv_block_release. Not after csv_next
 * has failed. */
MUST_CHECK int csv_next_block(struct csv *c, struct csv_block *block, struct err *e);
/* Visit the rows of a block; thread-safe. Stops at the first error. */
MUST_CHECK int csv_visit_block(const struct csv *c, const struct csv_block *block, const struct csv_visitor *v,
			       struct err *e);
void csv_block_release(struct csv_block *block);
/* Visit all rows that are left. Stops at the first error. */
MUST_CHECK int csv_visit(struct csv *c, const struct csv_visitor *v, struct err *e);

/* Writing: quotes a field only where RFC 4180 needs it; rows end in "\n". */
void csv_put_field(struct buf *b, struct str field, bool first);
void csv_put_row(struct buf *b, const struct str *field, size_t n);

#endif
