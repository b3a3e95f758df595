/* csv_state.h: what csv.c and csv_block.c share of a reader; nobody else includes it. */
#ifndef RECPIPE_IO_CSV_STATE_H
#define RECPIPE_IO_CSV_STATE_H

#include "io/csv.h"
#include "io/decode.h"

#include <csv.h>

enum {
	READ_BYTES = 1 << 18,
	DEFAULT_MAX_FIELD = 1 << 24,
	MIN_MAX_ROW = 1 << 26,       /* a row may have four fields of the largest size, and at least this many bytes */
	DOUBLE_COLON = 0xfe,         /* stands for "::" */
	NO_QUOTE = 0xff,
};

struct csv {
	struct decode *decode;
	struct csv_parser parser;
	unsigned char separator, quote;
	bool marks;                  /* some bytes are replaced: see mark */
	size_t max_field, max_row;
	struct str *header;
	size_t n_columns;
	struct buf header_text;
	/* decoded input: [at, text.n) is still to be parsed */
	struct buf text;
	size_t at;
	size_t lf, cr;               /* the next LF and CR at or behind `at`, text.n where there is none; see find_ends */
	bool at_end, held_colon, finished;
	/* place */
	size_t line;
	bool after_cr, in_row, skip_line; /* skip_line: what is left of the line belongs to a row that was given up */
	/* the row being put together */
	size_t row_line;
	struct buf row_text;         /* fields, each with a NUL behind it */
	size_t *end;                 /* of each field in row_text, without the NUL */
	struct str *field;
	size_t n_fields, capacity;
	bool row_ended, has_row;     /* has_row: the first row of a file without header waits */
	struct err failed;           /* an error that cannot be skipped */
};

/* About n more bytes of text; c->at_end is set at the end. An error is kept, and told again by the next call. */
MUST_CHECK int csv_read_more(struct csv *c, size_t n, struct err *e);

/* What can be wrong with a row, each ERR_DATA: a field or a row longer than the limit, text that is none in a column
 * (from 0), n fields where the header has another number. */
int csv_too_long(const struct csv *c, size_t line, const char *what, size_t limit, struct err *e);
int csv_bad_text(const struct csv *c, size_t line, size_t column, struct str s, struct err *e);
int csv_bad_count(const struct csv *c, size_t line, size_t n, struct err *e);

#endif
