/* csv.c: see csv.h.
 *
 * libcsv splits rows into fields; this file counts lines, puts rows together, and checks them. libcsv trims blanks
 * around fields, which is switched off. It runs in its strict mode, which stops at a stray quote: inside a field
 * that is not quoted the quote is then passed as an ordinary character, behind a closing quote it is an error (else
 * the rest of the file could become one field).
 *
 * Lines are counted by feeding libcsv up to each line end, so a row can only end where a piece ends. Blocks without a
 * quote are not libcsv's: csv_block.c.
 *
 * "::" becomes one byte that is in no UTF-8 text; so is the quote character where quoting is off. */
#include "io/csv.h"
#include "base/mem.h"
#include "base/numbers.h"
#include "base/utf8.h"
#include "io/csv_state.h"

#include <stdint.h>
#include <string.h>

static int no_space(unsigned char c)
{
	(void)c;
	return 0;
}

static void parser_init(struct csv_parser *p, const struct csv *c, unsigned char options)
{
	csv_init(p, options);
	csv_set_delim(p, c->separator);
	csv_set_quote(p, c->quote);
	csv_set_space_func(p, no_space);
	csv_set_blk_size(p, 1 << 16);
}

/* ---- decoded text ---- */

/* Replace what stands for something else from `from` on: our own two bytes, and "::". A colon at the end may be half of
 * a separator, so it is held back. */
static void mark(struct csv *c, size_t from)
{
	unsigned char *p = (unsigned char *)c->text.data;
	size_t to = from;
	for (size_t i = from; i < c->text.n; i++) {
		if (c->separator == DOUBLE_COLON && p[i] == ':') {
			if (i + 1 == c->text.n && !c->at_end) {
				c->held_colon = true;
				break;
			}
			bool pair = i + 1 < c->text.n && p[i + 1] == ':';
			p[to++] = pair ? DOUBLE_COLON : ':';
			i += pair;
		} else {
			p[to++] = p[i] >= DOUBLE_COLON ? (unsigned char)DECODE_BAD : p[i];
		}
	}
	c->text.n = to;
	if (p)
		p[to] = 0;
}

static void drop_parsed(struct csv *c)
{
	if (!c->at)
		return;
	c->text.n -= c->at;
	memmove(c->text.data, c->text.data + c->at, c->text.n);
	c->at = 0;
	c->text.data[c->text.n] = 0;
}

/* Keep an error that the next call repeats. */
static int fail(struct csv *c, struct err *e, int code)
{
	if (e)
		c->failed = *e;
	c->failed.code = code;
	return code;
}

int csv_read_more(struct csv *c, size_t n, struct err *e)
{
	drop_parsed(c);
	size_t from = c->text.n, more;
	if (c->held_colon)
		buf_putc(&c->text, ':');
	c->held_colon = false;
	int rc = decode_read(c->decode, &c->text, n, &more, e);
	if (rc)
		return fail(c, e, rc);
	c->at_end = more == 0;
	if (c->marks)
		mark(c, from);
	c->lf = c->cr = 0;
	return 0;
}

/* Make lf and cr point at the next ones again. Each byte is looked at once, however the two kinds are mixed. */
static void find_ends(struct csv *c)
{
	const char *p = c->text.data;
	if (c->lf < c->at || c->lf == 0) {
		const char *lf = memchr(p + c->at, '\n', c->text.n - c->at);
		c->lf = lf ? (size_t)(lf - p) : c->text.n;
	}
	if (c->cr < c->at || c->cr == 0) {
		const char *cr = memchr(p + c->at, '\r', c->text.n - c->at);
		c->cr = cr ? (size_t)(cr - p) : c->text.n;
	}
}

/* ---- one row ---- */

static void on_field(void *p, size_t n, void *context)
{
	struct csv *c = context;
	if (c->n_fields == c->capacity) {
		size_t capacity = mem_grow(c->capacity, c->n_fields + 1);
		c->end = mem_resize(c->end, c->n_fields, capacity, sizeof *c->end);
		c->field = mem_resize(c->field, 0, capacity, sizeof *c->field);
		c->capacity = capacity;
	}
	buf_add(&c->row_text, p, n);
	c->end[c->n_fields++] = c->row_text.n;
	buf_putc(&c->row_text, 0);
}

static void on_row(int end, void *context)
{
	(void)end;
	((struct csv *)context)->row_ended = true;
}

int csv_too_long(const struct csv *c, size_t line, const char *what, size_t limit, struct err *e)
{
	return err_at_line(e, csv_name(c), line, "a %s of more than %zu bytes (is a quote never closed?)", what, limit);
}

/* libcsv stopped in front of a quote or behind one. 0 where it was only a quote inside a plain field. */
static int stray_quote(struct csv *c, struct err *e)
{
	if (!c->parser.quoted) {
		csv_set_opts(&c->parser, 0);
		csv_parse(&c->parser, c->text.data + c->at, 1, on_field, on_row, c);
		csv_set_opts(&c->parser, CSV_STRICT | CSV_STRICT_FINI);
		c->at++;
		return 0;
	}
	err_at_line(e, csv_name(c), c->line, "text behind the closing quote of a field");
	csv_set_opts(&c->parser, 0);
	csv_fini(&c->parser, on_field, on_row, c); /* starts afresh */
	csv_set_opts(&c->parser, CSV_STRICT | CSV_STRICT_FINI);
	c->skip_line = true;
	return ERR_DATA;
}

static int parse_piece(struct csv *c, size_t stop, struct err *e)
{
	while (c->at < stop) {
		c->at += csv_parse(&c->parser, c->text.data + c->at, stop - c->at, on_field, on_row, c);
		if (c->at == stop)
			break;
		int rc = csv_error(&c->parser) == CSV_EPARSE
			       ? stray_quote(c, e)
			       : fail(c, e, err_set(e, ERR_SYSTEM, "%s: out of memory", csv_name(c)));
		if (rc)
			return rc;
	}
	if (c->parser.entry_pos > c->max_field)
		return fail(c, e, csv_too_long(c, c->row_line, "field", c->max_field, e));
	if (c->row_text.n > c->max_row)
		return fail(c, e, csv_too_long(c, c->row_line, "row", c->max_row, e));
	return 0;
}

/* Feed one piece, which ends behind a line end or where the text ends. */
static int feed(struct csv *c, struct err *e)
{
	find_ends(c);
	size_t start = c->at, stop = c->lf < c->cr ? c->lf : c->cr;
	char end = stop < c->text.n ? c->text.data[stop++] : 0;
	bool only_end = end && stop - start == 1;
	if (!c->in_row && !only_end && !c->skip_line) {
		c->in_row = true;
		c->row_line = c->line;
	}
	if (c->skip_line)
		c->at = stop;
	int rc = parse_piece(c, stop, e);
	if (rc)
		return rc;
	c->skip_line = c->skip_line && !end;
	c->line += end && !(only_end && end == '\n' && c->after_cr);
	c->after_cr = end == '\r';
	return 0;
}

/* The last row may lack its line end. */
static int finish(struct csv *c, struct err *e)
{
	c->finished = true;
	if (csv_fini(&c->parser, on_field, on_row, c) == 0)
		return 0;
	return fail(c, e, err_at_line(e, csv_name(c), c->row_line, "a quoted field that never ends"));
}

/* 1 with the row complete, 0 at the end. */
static int gather(struct csv *c, struct err *e)
{
	c->row_ended = c->in_row = false;
	c->n_fields = 0;
	buf_clear(&c->row_text);
	while (!c->row_ended && !c->finished) {
		int rc = c->at < c->text.n ? feed(c, e) : c->at_end ? finish(c, e) : csv_read_more(c, READ_BYTES, e);
		if (rc)
			return rc;
	}
	return c->row_ended;
}

static void show(const struct csv *c, struct csv_row *row)
{
	size_t start = 0;
	for (size_t i = 0; i < c->n_fields; i++) {
		c->field[i] = (struct str){ c->row_text.data + start, c->end[i] - start };
		start = c->end[i] + 1;
	}
	*row = (struct csv_row){ c->field, c->n_fields, c->row_line };
}

int csv_bad_text(const struct csv *c, size_t line, size_t column, struct str s, struct err *e)
{
	const char *what = s.n && memchr(s.p, 0, s.n) ? "a NUL byte" : NULL;
	struct str name = column < c->n_columns ? c->header[column] : STR("");
	if (what)
		return err_at_line(e, csv_name(c), line, "column %zu%s%.*s: %s", column + 1, name.n ? " " : "",
				   (int)name.n, name.p, what);
	return err_at_line(e, csv_name(c), line, "column %zu%s%.*s: not valid %s", column + 1, name.n ? " " : "", (int)name.n, name.p,
			   decode_encoding(c->decode));
}

int csv_bad_count(const struct csv *c, size_t line, size_t n, struct err *e)
{
	return err_at_line(e, csv_name(c), line, "%zu field%s where %zu %s expected", n, n == 1 ? "" : "s", c->n_columns,
			   c->n_columns == 1 ? "is" : "are");
}

static int check(const struct csv *c, const struct csv_row *row, struct err *e)
{
	for (size_t i = 0; i < row->n; i++)
		if (row->field[i].n > c->max_field)
			return csv_too_long(c, row->line, "field", c->max_field, e);
	if (c->n_columns && row->n != c->n_columns)
		return csv_bad_count(c, row->line, row->n, e);
	for (size_t i = 0; i < row->n; i++)
		if (!utf8_is_text(row->field[i]))
			return csv_bad_text(c, row->line, i, row->field[i], e);
	return 1;
}

int csv_next(struct csv *c, struct csv_row *row, struct err *e)
{
	*row = (struct csv_row){ NULL, 0, 0 };
	int rc = 1;
	if (c->failed.code) {
		if (e)
			*e = c->failed;
		return c->failed.code;
	}
	if (!c->has_row)
		rc = gather(c, e);
	c->has_row = false;
	if (rc == 0 || c->failed.code)
		return rc;
	show(c, row);
	return rc < 0 ? rc : check(c, row, e);
}

/* ---- visiting ---- */

int csv_visit(struct csv *c, const struct csv_visitor *v, struct err *e)
{
	struct csv_row row;
	int rc;
	while ((rc = csv_next(c, &row, e)) > 0) {
		for (size_t i = 0; i < row.n; i++)
			v->field(v->context, i, row.field[i]);
		rc = v->row(v->context, row.line, e);
		if (rc)
			return rc;
	}
	return rc;
}

/* ---- opening ---- */

/* How often a separator stands in the first line, outside quotes. */
static size_t count_in_line(struct str line, const char *separator)
{
	size_t n = 0, len = strlen(separator);
	bool quoted = false;
	for (size_t i = 0; i + len <= line.n; i++) {
		quoted ^= line.p[i] == '"';
		if (!quoted && !memcmp(line.p + i, separator, len)) {
			n++;
			i += len - 1;
		}
	}
	return n;
}

/* A TAB or "::" in the first line is hardly ever text, however many commas there are besides; of the others the most
 * frequent wins. */
static const char *guess_separator(const struct csv *c)
{
	static const char *const candidates[] = { ",", "|", ";" };
	const char *first = buf_text(&c->text) + strspn(buf_text(&c->text), "\r\n");
	struct str line = { first, strcspn(first, "\r\n") };
	const char *best = candidates[0];
	size_t most = 0;
	if (count_in_line(line, "\t"))
		return "\t";
	if (count_in_line(line, "::"))
		return "::";
	for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++) {
		size_t n = count_in_line(line, candidates[i]);
		if (n > most) {
			most = n;
			best = candidates[i];
		}
	}
	return best;
}

/* Text up to the end of the first line that is not blank, or of a first block. */
static int read_first_line(struct csv *c, struct err *e)
{
	for (;;) {
		size_t blank = strspn(buf_text(&c->text), "\r\n");
		if (c->at_end || c->text.n >= READ_BYTES || buf_text(&c->text)[blank + strcspn(buf_text(&c->text) + blank, "\r\n")])
			return 0;
		int rc = csv_read_more(c, READ_BYTES, e);
		if (rc)
			return rc;
	}
}

static int set_format(struct csv *c, const struct csv_format *format, struct err *e)
{
	const char *separator = format->separator ? format->separator : guess_separator(c);
	bool twice = !strcmp(separator, "::");
	if (!twice && (strlen(separator) != 1 || strchr("\"\r\n", *separator) || *separator & 0x80))
		return err_usage(e, "a separator is one ASCII character or \"::\", not \"%s\"", separator);
	c->separator = twice ? DOUBLE_COLON : (unsigned char)*separator;
	c->quote = twice || format->no_quotes ? NO_QUOTE : '"';
	c->marks = c->quote == NO_QUOTE;
	c->max_field = format->max_field ? format->max_field : DEFAULT_MAX_FIELD;
	c->max_row = c->max_field > SIZE_MAX / 4 ? SIZE_MAX : 4 * c->max_field;
	if (c->max_row < MIN_MAX_ROW)
		c->max_row = MIN_MAX_ROW;
	parser_init(&c->parser, c, CSV_STRICT | CSV_STRICT_FINI);
	if (c->marks)
		mark(c, 0);
	return 0;
}

static int check_names(const struct csv *c, size_t line, struct err *e)
{
	for (size_t i = 0; i < c->n_columns; i++)
		for (size_t k = 0; k < i; k++)
			if (str_eq(c->header[i], c->header[k]))
				return err_at_line(e, csv_name(c), line, "two columns are called \"%.*s\"",
						   (int)c->header[i].n, c->header[i].p);
	return 0;
}

/* The names are the first row's fields, or "1", "2", ... */
static int read_header(struct csv *c, bool no_header, struct err *e)
{
	enum { MOST_COLUMNS = 10000 };
	struct csv_row row;
	int rc = csv_next(c, &row, e);
	if (rc == 0)
		return err_data(e, "%s: the file is empty", csv_name(c));
	if (rc < 0)
		return rc;
	if (row.n > MOST_COLUMNS)
		return err_at_line(e, csv_name(c), row.line, "%zu columns (at most %d can be read)", row.n, MOST_COLUMNS);
	for (size_t i = 0; i < row.n; i++) {
		if (no_header)
			num_put_u64(&c->header_text, i + 1);
		else
			buf_addstr(&c->header_text, row.field[i]);
		buf_putc(&c->header_text, 0);
	}
	c->header = MEM_NEW(row.n, struct str);
	const char *p = c->header_text.data;
	for (size_t i = 0; i < row.n; i++, p += strlen(p) + 1)
		c->header[i] = str_of(p);
	c->n_columns = row.n;
	c->has_row = no_header;
	return check_names(c, row.line, e);
}

int csv_open_stream(struct csv **out, struct in *in, const struct csv_format *format, struct err *e)
{
	struct csv *c = MEM_ZNEW(1, struct csv);
	c->line = 1;
	int rc = decode_open(&c->decode, in, format->encoding, e);
	if (!rc)
		rc = read_first_line(c, e);
	if (!rc)
		rc = set_format(c, format, e);
	if (!rc)
		rc = read_header(c, format->no_header, e);
	if (rc)
		csv_close(c);
	else
		*out = c;
	return rc;
}

int csv_open(struct csv **out, const char *path, const struct csv_format *format, struct err *e)
{
	struct in *in;
	int rc = in_open(&in, path, e);
	return rc ? rc : csv_open_stream(out, in, format, e);
}

const char *csv_name(const struct csv *c)
{
	return decode_name(c->decode);
}

double csv_share(const struct csv *c)
{
	return decode_share(c->decode);
}

const struct str *csv_header(const struct csv *c, size_t *n)
{
	*n = c->n_columns;
	return c->header;
}

ptrdiff_t csv_column(const struct csv *c, const char *name)
{
	uint64_t position;
	for (size_t i = 0; i < c->n_columns; i++)
		if (str_eq(c->header[i], str_of(name)))
			return (ptrdiff_t)i;
	if (num_parse_u64(str_of(name), &position) && position >= 1 && position <= c->n_columns)
		return (ptrdiff_t)position - 1;
	return -1;
}

void csv_put_names(const struct csv *c, struct buf *out)
{
	size_t n;
	const struct str *header = csv_header(c, &n);
	for (size_t i = 0; i < n; i++) {
		buf_puts(out, i ? ", " : "");
		buf_addstr(out, header[i]);
	}
}

int csv_need(const struct csv *c, const char *name, ptrdiff_t *at, struct err *e)
{
	*at = csv_column(c, name);
	if (*at >= 0)
		return 0;
	struct buf have = BUF_INIT;
	csv_put_names(c, &have);
	err_at_line(e, csv_name(c), 1, "there is no column \"%s\" (preprocess --map %s=COLUMN names it); there are: %s", name,
		    *name ? name : "NAME", buf_text(&have));
	buf_release(&have);
	return ERR_DATA;
}

void csv_close(struct csv *c)
{
	if (!c)
		return;
	csv_free(&c->parser);
	decode_close(c->decode);
	buf_release(&c->text);
	buf_release(&c->row_text);
	buf_release(&c->header_text);
	mem_free(c->header);
	mem_free(c->end);
	mem_free(c->field);
	mem_free(c);
}

/* ---- writing ---- */

void csv_put_field(struct buf *b, struct str field, bool first)
{
	/* A byte order mark in front would be dropped where it begins a file. */
	bool quote = field.n >= 3 && !memcmp(field.p, "\xef\xbb\xbf", 3);
	for (size_t i = 0; i < field.n && !quote; i++)
		quote = strchr(",\"\r\n", field.p[i]) && field.p[i];
	if (!first)
		buf_putc(b, ',');
	if (!quote) {
		buf_addstr(b, field);
		return;
	}
	buf_putc(b, '"');
	for (size_t i = 0; i < field.n; i++) {
		if (field.p[i] == '"')
			buf_putc(b, '"');
		buf_putc(b, field.p[i]);
	}
	buf_putc(b, '"');
}

void csv_put_row(struct buf *b, const struct str *field, size_t n)
{
	if (n == 1 && field->n == 0)
		buf_puts(b, "\"\""); /* else it would be a blank line, which readers skip */
	for (size_t i = 0; i < n; i++)
		csv_put_field(b, field[i], i == 0);
	buf_putc(b, '\n');
}
