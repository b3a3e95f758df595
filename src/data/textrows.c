/* textrows.c: see textrows.h. */
#include "data/textrows.h"
#include "base/mem.h"
#include "io/csv.h"
#include "io/spool.h"

#include <string.h>

enum { WINDOW_BYTES = 16 << 20 };

/* A template is literals and columns in turn: literal 0, column 0, literal 1, ... the last literal has no column. */
struct piece {
	struct str literal; /* in buf literals */
	ptrdiff_t column;   /* -1: none */
};

struct textrows {
	struct csv *csv;
	ptrdiff_t id;
	struct piece *piece;
	size_t n_pieces;
	struct buf literals;
	struct buf prefix;
	uint64_t n_rows;      /* given in this pass */
	struct spool *spool;  /* NULL: one pass */
	bool from_spool;
	uint64_t n_kept;
};

void textrows_window_init(struct textrows_window *w)
{
	*w = (struct textrows_window){ 0, MEM_NEW(TEXTROWS_WINDOW, struct str), MEM_NEW(TEXTROWS_WINDOW, struct str),
				       MEM_NEW(TEXTROWS_WINDOW, uint64_t), MEM_NEW(TEXTROWS_WINDOW, size_t), BUF_INIT };
}

void textrows_window_release(struct textrows_window *w)
{
	mem_free(w->id);
	mem_free(w->text);
	mem_free(w->row);
	mem_free(w->line);
	buf_release(&w->bytes);
}

/* bytes holds id, text, id, text, ...: point the views at it, now that it has stopped moving. */
static void seal(struct textrows_window *w)
{
	const char *p = buf_text(&w->bytes);
	for (size_t i = 0; i < w->n; i++) {
		w->id[i].p = p;
		w->text[i].p = p + w->id[i].n;
		p += w->id[i].n + w->text[i].n;
	}
}

/* A window is written whole, and read back whole. */
static int put_window(const struct textrows_window *w, struct spool *s, struct err *e)
{
	int rc = spool_write(s, &w->n, sizeof w->n, e);
	for (size_t i = 0; i < w->n && !rc; i++) {
		uint64_t head[] = { w->id[i].n, w->text[i].n, w->row[i], w->line[i] };
		rc = spool_write(s, head, sizeof head, e);
	}
	uint64_t n_bytes = w->bytes.n;
	if (!rc)
		rc = spool_write(s, &n_bytes, sizeof n_bytes, e);
	return rc ? rc : spool_write(s, buf_text(&w->bytes), w->bytes.n, e);
}

static int take_window(struct textrows_window *w, struct spool *s, struct err *e)
{
	int rc = spool_read(s, &w->n, sizeof w->n, e);
	for (size_t i = 0; i < w->n && !rc; i++) {
		uint64_t head[4] = { 0 };
		rc = spool_read(s, head, sizeof head, e);
		w->id[i].n = head[0];
		w->text[i].n = head[1];
		w->row[i] = head[2];
		w->line[i] = head[3];
	}
	uint64_t n_bytes = 0;
	if (!rc)
		rc = spool_read(s, &n_bytes, sizeof n_bytes, e);
	if (rc)
		return rc;
	buf_clear(&w->bytes);
	rc = spool_read(s, buf_reserve(&w->bytes, n_bytes), n_bytes, e);
	w->bytes.n = rc ? 0 : n_bytes;
	seal(w);
	return rc;
}

static int no_column(const struct csv *c, struct str name, struct err *e)
{
	struct buf have = BUF_INIT;
	csv_put_names(c, &have);
	err_data(e, "%s: no column \"%.*s\"; there are: %s", csv_name(c), (int)name.n, name.p, buf_text(&have));
	buf_release(&have);
	return ERR_DATA;
}

static int find_column(const struct csv *c, struct str name, ptrdiff_t *out, struct err *e)
{
	struct buf text = BUF_INIT;
	buf_addstr(&text, name);
	*out = csv_column(c, buf_text(&text));
	buf_release(&text);
	return *out < 0 ? no_column(c, name, e) : 0;
}

static int find_id(struct textrows *t, const char *name, struct err *e)
{
	static const char *const usual[] = { "item", "user", "id" };
	if (name)
		return find_column(t->csv, str_of(name), &t->id, e);
	for (size_t i = 0; i < sizeof usual / sizeof *usual && t->id < 0; i++)
		t->id = csv_column(t->csv, usual[i]);
	if (t->id >= 0)
		return 0;
	no_column(t->csv, STR("item"), e);
	return err_prefix(e, "which column is the id? (--id)");
}

/* The literal's bytes lie at the end of literals; views are set when all is parsed. */
static void add_piece(struct textrows *t, size_t literal_n, ptrdiff_t column)
{
	t->piece = mem_resize(t->piece, t->n_pieces, t->n_pieces + 1, sizeof *t->piece);
	t->piece[t->n_pieces++] = (struct piece){ { NULL, literal_n }, column };
}

static void seal_pieces(struct textrows *t)
{
	const char *p = buf_text(&t->literals);
	for (size_t i = 0; i < t->n_pieces; i++) {
		t->piece[i].literal.p = p;
		p += t->piece[i].literal.n;
	}
}

static int parse_template(struct textrows *t, const char *template, struct err *e)
{
	size_t literal_n = 0;
	for (const char *p = template; *p; p++) {
		if ((*p == '{' || *p == '}') && p[1] == *p)
			p++;
		else if (*p == '}')
			return err_usage(e, "--template: \"}\" without \"{\" in \"%s\" (write }} for a brace)", template);
		else if (*p == '{') {
			size_t n = strcspn(p + 1, "{}");
			if (p[1 + n] != '}')
				return err_usage(e, "--template: \"{\" without \"}\" in \"%s\"", template);
			ptrdiff_t column;
			int rc = find_column(t->csv, (struct str){ p + 1, n }, &column, e);
			if (rc)
				return rc;
			add_piece(t, literal_n, column);
			literal_n = 0;
			p += n + 1;
			continue;
		}
		buf_putc(&t->literals, *p);
		literal_n++;
	}
	if (t->n_pieces == 0)
		return err_usage(e, "--template \"%s\" names no column", template);
	add_piece(t, literal_n, -1);
	return 0;
}

/* Columns, each with a space before it: text_of trims the ends. */
static int parse_columns(struct textrows *t, const char *columns, struct err *e)
{
	for (const char *p = columns;; p++) {
		size_t n = strcspn(p, ",");
		ptrdiff_t column;
		int rc = find_column(t->csv, (struct str){ p, n }, &column, e);
		if (rc)
			return rc;
		buf_putc(&t->literals, ' ');
		add_piece(t, 1, column);
		p += n;
		if (!*p)
			return 0;
	}
}

static int all_columns(struct textrows *t, struct err *e)
{
	size_t n;
	csv_header(t->csv, &n);
	for (size_t i = 0; i < n; i++)
		if ((ptrdiff_t)i != t->id) {
			buf_putc(&t->literals, ' ');
			add_piece(t, 1, (ptrdiff_t)i);
		}
	return t->n_pieces ? 0 : err_data(e, "%s: no column besides the id", csv_name(t->csv));
}

int textrows_open(struct textrows **out, const char *path, const struct textrows_spec *spec, struct err *e)
{
	struct textrows *t = MEM_ZNEW(1, struct textrows);
	int rc = csv_open(&t->csv, path, &(struct csv_format)CSV_FORMAT_DEFAULT, e);
	t->id = -1;
	if (!rc && !spec->no_id)
		rc = find_id(t, spec->id, e);
	if (!rc && !spec->ids_only)
		rc = spec->template ? parse_template(t, spec->template, e)
		   : spec->columns ? parse_columns(t, spec->columns, e)
				   : all_columns(t, e);
	if (rc) {
		textrows_close(t);
		return rc;
	}
	seal_pieces(t);
	buf_puts(&t->prefix, spec->prefix ? spec->prefix : "");
	*out = t;
	return 0;
}

void textrows_close(struct textrows *t)
{
	if (!t)
		return;
	csv_close(t->csv);
	spool_free(t->spool);
	mem_free(t->piece);
	buf_release(&t->literals);
	buf_release(&t->prefix);
	mem_free(t);
}

const char *textrows_name(const struct textrows *t)
{
	return csv_name(t->csv);
}

static struct str trimmed(struct str s)
{
	while (s.n && char_is_blank(s.p[0]))
		s.p++, s.n--;
	while (s.n && char_is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

static bool row_is_empty(const struct textrows *t, const struct csv_row *row)
{
	for (size_t i = 0; i < t->n_pieces; i++)
		if (t->piece[i].column >= 0 && trimmed(row->field[t->piece[i].column]).n)
			return false;
	return true;
}

/* Append the text of a row to out; its length. Blank columns joined by a space leave no second space. */
static size_t put_text(const struct textrows *t, const struct csv_row *row, struct buf *out)
{
	size_t start = out->n;
	if (row_is_empty(t, row))
		return 0;
	buf_addstr(out, buf_str(&t->prefix));
	size_t text = out->n;
	for (size_t i = 0; i < t->n_pieces; i++) {
		struct str literal = t->piece[i].literal;
		if (out->n == text || char_is_blank(out->data[out->n - 1]))
			while (literal.n && char_is_blank(*literal.p))
				literal.p++, literal.n--;
		buf_addstr(out, literal);
		if (t->piece[i].column >= 0)
			buf_addstr(out, trimmed(row->field[t->piece[i].column]));
	}
	while (out->n > text && char_is_blank(out->data[out->n - 1]))
		out->n--;
	return out->n - start;
}

static int read_window(struct textrows *t, struct textrows_window *w, struct err *e)
{
	struct csv_row row;
	int rc = 0;
	buf_clear(&w->bytes);
	while (w->n < TEXTROWS_WINDOW && w->bytes.n < WINDOW_BYTES && (rc = csv_next(t->csv, &row, e)) > 0) {
		struct str id = t->id >= 0 ? row.field[t->id] : STR("");
		if (id.n == 0 && t->id >= 0)
			return err_at_line(e, csv_name(t->csv), row.line, "the id is blank");
		buf_addstr(&w->bytes, id);
		w->id[w->n].n = id.n;
		w->text[w->n].n = put_text(t, &row, &w->bytes);
		w->row[w->n] = t->n_rows + w->n;
		w->line[w->n++] = row.line;
	}
	seal(w);
	return rc < 0 ? rc : 0;
}

int textrows_fill(struct textrows *t, struct textrows_window *w, struct err *e)
{
	int rc = 0;
	w->n = 0;
	if (!t->from_spool)
		rc = read_window(t, w, e);
	else if (t->n_rows < t->n_kept)
		rc = take_window(w, t->spool, e);
	if (!rc && w->n && t->spool && !t->from_spool)
		rc = put_window(w, t->spool, e);
	t->n_rows += w->n;
	return rc;
}

size_t textrows_total(const struct textrows *t)
{
	double share = csv_share(t->csv);
	return t->from_spool ? t->n_kept : share > 0 ? (size_t)((double)t->n_rows / share) : 0;
}

int textrows_keep(struct textrows *t, struct err *e)
{
	return spool_open(&t->spool, e);
}

int textrows_rewind(struct textrows *t, struct err *e)
{
	t->n_kept = t->n_rows;
	t->n_rows = 0;
	t->from_spool = true;
	return spool_rewind(t->spool, e);
}
