/* jsonl.c: see jsonl.h. The first lines are kept as text and parsed twice: once for their keys, once as rows. */
#include "io/jsonl.h"
#include "base/mem.h"
#include "base/numbers.h"
#include "io/json.h"

#include <string.h>

enum { CHUNK = 1 << 16, MAX_LINE = 1 << 26, MAX_LOOK = 1 << 28 };

struct jsonl {
	struct in *in;
	struct jsonl_format format;
	struct buf bytes;      /* read and not yet given */
	size_t at, line;       /* of the next line, in bytes and counted from 1 */
	bool ended;
	struct arena names;
	struct str *column;
	size_t n, n_capacity;
	struct buf text;       /* of the row's fields */
	size_t *start;         /* n + 1: where the fields begin in text */
	struct str *field;
	size_t n_left_out;
};

/* Reads until bytes holds a whole line from `from` on; *n is its length without the line's end. 1, or 0 at the end. */
static int find_line(struct jsonl *j, size_t from, size_t *n, struct err *e)
{
	for (size_t looked = from;;) {
		const char *end = j->bytes.n > looked ? memchr(j->bytes.data + looked, '\n', j->bytes.n - looked) : NULL;
		if (end || (j->ended && j->bytes.n > from)) {
			*n = (end ? (size_t)(end - j->bytes.data) : j->bytes.n) - from;
			return 1;
		}
		if (j->ended)
			return 0;
		if (j->bytes.n - from > MAX_LINE)
			return err_at_line(e, in_name(j->in), j->line, "a line of more than 64 MiB");
		looked = j->bytes.n;
		size_t got;
		int rc = in_read(j->in, buf_reserve(&j->bytes, CHUNK), CHUNK, &got, e);
		if (rc)
			return rc;
		j->bytes.n += got;
		j->bytes.data[j->bytes.n] = 0;
		j->ended = got == 0;
	}
}

static ptrdiff_t column_of(const struct jsonl *j, struct str key)
{
	for (size_t c = 0; c < j->n; c++)
		if (str_eq(j->column[c], key))
			return (ptrdiff_t)c;
	return -1;
}

static void add_column(struct jsonl *j, struct str key)
{
	if (column_of(j, key) >= 0)
		return;
	if (j->n == j->n_capacity) {
		size_t capacity = mem_grow(j->n_capacity, j->n + 1);
		j->column = mem_resize(j->column, j->n, capacity, sizeof *j->column);
		j->n_capacity = capacity;
	}
	j->column[j->n++] = (struct str){ arena_strdup(&j->names, key.p, key.n), key.n };
}

static void add_keys(struct jsonl *j, struct str line)
{
	struct json *object = NULL;
	if (json_parse(&object, line, "", NULL))
		return; /* said when its turn comes */
	if (json_kind(object) == JSON_KIND_OBJECT)
		for (struct json_member m = json_first(object); m.value; json_next(&m))
			add_column(j, m.key);
	json_free(object);
}

static int look_ahead(struct jsonl *j, struct err *e)
{
	size_t n, n_lines = 0;
	int got = find_line(j, 0, &n, e);
	if (got > 0 && n >= 3 && !memcmp(j->bytes.data, "\xef\xbb\xbf", 3))
		j->at = 3; /* a byte order mark */
	size_t at = j->at;
	while (got > 0 && n_lines < JSONL_LOOK && at < MAX_LOOK && (got = find_line(j, at, &n, e)) > 0) {
		struct str line = { j->bytes.data + at, n };
		if (!str_is_blank(line)) {
			add_keys(j, line);
			n_lines++;
		}
		at += n + (at + n < j->bytes.n);
	}
	if (got < 0)
		return got;
	if (!n_lines)
		return err_data(e, "%s: no lines in it", in_name(j->in));
	if (!j->n)
		return err_data(e, "%s: no JSON object with a key in its first lines", in_name(j->in));
	for (size_t i = 0; j->format.want && i < j->format.want->n; i++)
		add_column(j, str_of(j->format.want->v[i]));
	return 0;
}

int jsonl_open_stream(struct jsonl **out, struct in *in, const struct jsonl_format *format, struct err *e)
{
	struct jsonl *j = MEM_ZNEW(1, struct jsonl);
	j->in = in;
	j->format = *format;
	j->line = 1;
	int rc = look_ahead(j, e);
	if (rc) {
		jsonl_close(j);
		return rc;
	}
	j->start = MEM_NEW(j->n + 1, size_t);
	j->field = MEM_NEW(j->n + 1, struct str);
	*out = j;
	return 0;
}

const struct str *jsonl_header(const struct jsonl *j, size_t *n)
{
	*n = j->n;
	return j->column;
}

static void put_number(const struct json *v, struct buf *out)
{
	uint64_t whole;
	double real;
	if (json_u64(v, &whole))
		num_put_u64(out, whole);
	else if (json_f64(v, &real))
		num_put_f64(out, real);
}

static void put_value(const struct jsonl *j, const struct json *v, bool nested, struct buf *out)
{
	struct str text;
	bool yes;
	switch (v ? json_kind(v) : JSON_KIND_NULL) {
	case JSON_KIND_NULL: break;
	case JSON_KIND_BOOL:
		json_bool(v, &yes);
		buf_puts(out, j->format.ones ? (yes ? "1" : "0") : yes ? "yes" : "no");
		break;
	case JSON_KIND_NUMBER: put_number(v, out); break;
	case JSON_KIND_TEXT:
		if (json_text(v, &text))
			buf_addstr(out, text);
		break;
	case JSON_KIND_ARRAY:
		for (size_t i = 0; !nested && i < json_count(v); i++) {
			buf_puts(out, i ? j->format.array_separator : "");
			put_value(j, json_at(v, i), true, out);
		}
		if (nested)
			json_print(v, out);
		break;
	case JSON_KIND_OBJECT: json_print(v, out); break;
	}
}

/* The value at a dotted path: a key as it stands, or a key of an object and a path within it. */
static const struct json *at_path(const struct json *object, const char *path)
{
	const struct json *v = json_get(object, path);
	for (const char *dot = strchr(path, '.'); !v && dot; dot = strchr(dot + 1, '.')) {
		char *key = mem_dup(path, (size_t)(dot - path) + 1);
		key[dot - path] = 0;
		const struct json *inner = json_get(object, key);
		mem_free(key);
		v = inner && json_kind(inner) == JSON_KIND_OBJECT ? at_path(inner, dot + 1) : NULL;
	}
	return v;
}

static void fill(struct jsonl *j, const struct json *object, struct csv_row *row)
{
	buf_clear(&j->text);
	size_t n_known = 0;
	for (size_t c = 0; c < j->n; c++) {
		j->start[c] = j->text.n;
		n_known += json_get(object, j->column[c].p) != NULL;
		put_value(j, at_path(object, j->column[c].p), false, &j->text);
		buf_putc(&j->text, 0);
	}
	j->start[j->n] = j->text.n;
	for (size_t c = 0; c < j->n; c++)
		j->field[c] = (struct str){ j->text.data + j->start[c], j->start[c + 1] - j->start[c] - 1 };
	j->n_left_out += json_count(object) - n_known;
	row->n = j->n;
}

static int parse_row(struct jsonl *j, struct str line, struct csv_row *row, struct err *e)
{
	struct json *object = NULL;
	j->field[0] = line;
	*row = (struct csv_row){ j->field, 1, j->line };
	int rc = json_parse_line(&object, line, in_name(j->in), j->line, e);
	if (!rc && json_kind(object) != JSON_KIND_OBJECT)
		rc = err_at_line(e, in_name(j->in), j->line, "not a JSON object");
	if (!rc)
		fill(j, object, row);
	json_free(object);
	return rc ? rc : 1;
}

int jsonl_next(struct jsonl *j, struct csv_row *row, struct err *e)
{
	*row = (struct csv_row){ NULL, 0, j->line };
	for (;;) {
		size_t n;
		if (j->at > CHUNK && 2 * j->at > j->bytes.n) { /* forget what was given */
			memmove(j->bytes.data, j->bytes.data + j->at, j->bytes.n - j->at + 1);
			j->bytes.n -= j->at;
			j->at = 0;
		}
		int got = find_line(j, j->at, &n, e);
		if (got <= 0)
			return got;
		struct str line = { j->bytes.data + j->at, n };
		j->at += n + (j->at + n < j->bytes.n);
		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		int rc = str_is_blank(line) ? 0 : parse_row(j, line, row, e);
		j->line++;
		if (rc)
			return rc;
	}
}

size_t jsonl_left_out(const struct jsonl *j)
{
	return j->n_left_out;
}

void jsonl_close(struct jsonl *j)
{
	if (!j)
		return;
	in_close(j->in);
	buf_release(&j->bytes);
	buf_release(&j->text);
	arena_release(&j->names);
	mem_free(j->column);
	mem_free(j->start);
	mem_free(j->field);
	mem_free(j);
}
