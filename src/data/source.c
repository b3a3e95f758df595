/* source.c: see source.h. The mapping is settled by names on the first input and looked up again in each further one. */
#include "data/source.h"
#include "base/numbers.h"
#include "data/reader.h"

#include <string.h>

const char *const canonical_columns[] = { "user", "item", "rating", "time", "text", "propensity" };
const size_t n_canonical_columns = sizeof canonical_columns / sizeof *canonical_columns;

enum check { CHECK_NOTHING, CHECK_ID, CHECK_NUMBER, CHECK_TIME };

/* A column that goes out, and where it comes from. */
struct target {
	const char *name, *from; /* from: "userId", "4", "a+b" */
	size_t *raw, n_raw;      /* columns of the input that is open */
	enum check check;
};

struct source {
	struct source_options o;
	struct when_format when;
	const struct strings *paths;
	const char **names;
	size_t input;            /* the one that is open */
	struct reader reader;
	struct csv_row raw;
	struct target *target;
	size_t n, n_mapped;
	struct str *field;
	struct arena memory, row_memory;
	struct strings want;     /* of JSON lines: what the mapping names */
	size_t n_left_out;
};

static char *dup(struct source *s, struct str text)
{
	return arena_strdup(&s->memory, text.p, text.n);
}

static struct target *add_target(struct source *s, const char *name, const char *from)
{
	s->target = mem_resize(s->target, s->n, s->n + 1, sizeof *s->target);
	s->target[s->n] = (struct target){ .name = name, .from = from };
	return &s->target[s->n++];
}

/* "user=userId,item=movieId" */
static int parse_map(struct source *s, const char *text, struct err *e)
{
	struct str rest = str_of(text);
	while (rest.p) {
		struct str pair = str_cut(&rest, ','), from = pair;
		struct str name = str_cut(&from, '=');
		if (!from.p || !from.n || !name.n)
			return err_usage(e, "--map takes NAME=COLUMN,..., not \"%s\"", text);
		for (size_t i = 0; i < s->n; i++)
			if (str_eq(str_of(s->target[i].name), name))
				return err_usage(e, "--map names \"%.*s\" twice", (int)name.n, name.p);
		add_target(s, dup(s, name), dup(s, from));
	}
	return 0;
}

static void want(struct source *s, const char *name)
{
	s->want.v = mem_resize(s->want.v, s->want.n, s->want.n + 1, sizeof *s->want.v);
	s->want.v[s->want.n++] = name;
}

static bool in_list(const char *list, struct str name)
{
	struct str rest = str_of(list);
	while (rest.p)
		if (str_eq(str_cut(&rest, ','), name))
			return true;
	return false;
}

static bool is_canonical(struct str name)
{
	for (size_t i = 0; i < n_canonical_columns; i++)
		if (str_eq(str_of(canonical_columns[i]), name))
			return true;
	return false;
}

/* By name, then by position from 1; -1. */
static ptrdiff_t find_raw(const struct str *header, size_t n, struct str name)
{
	uint64_t position;
	for (size_t c = 0; c < n; c++)
		if (str_eq(header[c], name))
			return (ptrdiff_t)c;
	return num_parse_u64(name, &position) && position >= 1 && position <= n ? (ptrdiff_t)position - 1 : -1;
}

/* Where a target comes from in the open input. */
static int resolve(struct source *s, struct target *t, struct err *e)
{
	size_t n;
	const struct str *header = reader_header(&s->reader, &n);
	struct str rest = str_of(t->from);
	t->raw = ARENA_NEW(&s->memory, rest.n + 1, size_t);
	ptrdiff_t whole = find_raw(header, n, rest);
	if (whole >= 0) {
		t->raw[0] = (size_t)whole;
		t->n_raw = 1;
		return 0;
	}
	for (t->n_raw = 0; rest.p; t->n_raw++) {
		struct str part = str_cut(&rest, '+');
		ptrdiff_t c = find_raw(header, n, part);
		if (c >= 0) {
			t->raw[t->n_raw] = (size_t)c;
			continue;
		}
		struct buf names = BUF_INIT;
		for (size_t k = 0; k < n && k < 40; k++)
			buf_printf(&names, "%s%.*s", k ? ", " : "", (int)header[k].n, header[k].p);
		err_data(e, "%s: there is no column \"%.*s\"; there are: %s", s->names[s->input], (int)part.n, part.p,
			 buf_text(&names));
		buf_release(&names);
		return ERR_DATA;
	}
	return 0;
}

/* The name of a raw column: its own, or its position where it has none. */
static const char *raw_name(struct source *s, const struct str *header, size_t c)
{
	struct buf b = BUF_INIT;
	if (!header[c].n)
		num_put_u64(&b, c + 1);
	const char *name = dup(s, header[c].n ? header[c] : buf_str(&b));
	buf_release(&b);
	return name;
}

/* The raw columns that no mapping uses and that are to be kept: the first input adds them, a further one must have none
 * that the first lacks. */
static int take_unmapped(struct source *s, bool first, struct err *e)
{
	size_t n;
	const struct str *header = reader_header(&s->reader, &n);
	bool *used = MEM_ZNEW(n + 1, bool);
	int rc = 0;
	for (size_t i = 0; i < (first ? s->n_mapped : s->n); i++)
		for (size_t k = 0; k < s->target[i].n_raw; k++)
			used[s->target[i].raw[k]] = true;
	for (size_t c = 0; !rc && c < n; c++) {
		if (used[c])
			continue;
		const char *name = raw_name(s, header, c);
		struct str text = str_of(name);
		if ((s->o.drop && in_list(s->o.drop, text)) || (s->o.keep && !in_list(s->o.keep, text) && !is_canonical(text)))
			continue;
		if (first) {
			struct target *t = add_target(s, name, name);
			t->raw = ARENA_NEW(&s->memory, 1, size_t);
			t->raw[0] = c;
			t->n_raw = 1;
		} else {
			rc = err_data(e, "%s: column \"%s\" is not in %s; --drop it, or --keep only what all inputs have",
				      s->names[s->input], name, s->names[0]);
		}
	}
	mem_free(used);
	return rc;
}

static int open_input(struct source *s, size_t input, struct err *e)
{
	const struct jsonl_format jsonl = { &s->want, s->o.array_separator, s->o.ones };
	s->input = input;
	int rc = reader_open(&s->reader, s->paths->v[input], s->o.input_format, &s->o.csv, &jsonl, e);
	for (size_t i = 0; !rc && i < (input ? s->n : s->n_mapped); i++)
		rc = resolve(s, &s->target[i], e);
	return rc ? rc : take_unmapped(s, input == 0, e);
}

/* Every name in a list must be a column of the first input; those of --keep are wanted of JSON lines too. */
static int check_list(struct source *s, const char *option, const char *list, struct err *e)
{
	size_t n;
	const struct str *header = reader_header(&s->reader, &n);
	struct str rest = list ? str_of(list) : (struct str){ NULL, 0 };
	while (rest.p) {
		struct str name = str_cut(&rest, ',');
		if (name.n && find_raw(header, n, name) < 0)
			return err_data(e, "--%s: there is no column \"%.*s\"", option, (int)name.n, name.p);
	}
	return 0;
}

/* Canonical columns come first, in their order; the others stay as they were. */
static void put_in_order(struct source *s)
{
	size_t to = 0;
	for (size_t c = 0; c < n_canonical_columns; c++)
		for (size_t i = to; i < s->n; i++) {
			struct target t = s->target[i];
			if (strcmp(t.name, canonical_columns[c]))
				continue;
			memmove(s->target + to + 1, s->target + to, (i - to) * sizeof t);
			s->target[to++] = t;
		}
}

static int add_columns(struct source *s, struct header *columns, struct err *e)
{
	for (size_t i = 0; i < s->n; i++) {
		struct target *t = &s->target[i];
		int rc = header_add(columns, str_of(t->name), e);
		if (rc)
			return err_prefix(e, "%s", s->names[0]);
		if (!strcmp(t->name, "user"))
			t->check = s->o.kind != SOURCE_ITEMS ? CHECK_ID : CHECK_NOTHING;
		else if (!strcmp(t->name, "item"))
			t->check = s->o.kind != SOURCE_USERS ? CHECK_ID : CHECK_NOTHING;
		else if (s->o.kind == SOURCE_EVENTS && !strcmp(t->name, "rating"))
			t->check = CHECK_NUMBER;
		else if (s->o.kind == SOURCE_EVENTS && !strcmp(t->name, "time"))
			t->check = CHECK_TIME;
	}
	size_t at;
	int rc = s->o.kind != SOURCE_ITEMS ? header_need(columns, STR("user"), &at, e) : 0;
	rc = rc || s->o.kind == SOURCE_USERS ? rc : header_need(columns, STR("item"), &at, e);
	return rc ? err_prefix(e, "%s: name it by --map", s->names[0]) : 0;
}

int source_open(struct source **out, const struct strings *paths, const struct source_options *o, struct header *columns,
		struct err *e)
{
	struct source *s = MEM_ZNEW(1, struct source);
	s->o = *o;
	s->paths = paths;
	s->names = MEM_NEW(paths->n, const char *);
	for (size_t i = 0; i < paths->n; i++)
		s->names[i] = strcmp(paths->v[i], "-") ? paths->v[i] : "stdin";
	int rc = when_format_parse(o->time_format, &s->when, e);
	for (size_t i = 0; !rc && i < o->map->n; i++)
		rc = parse_map(s, o->map->v[i], e);
	s->n_mapped = s->n;
	for (size_t i = 0; i < s->n; i++) {
		struct str rest = str_of(s->target[i].from);
		while (rest.p)
			want(s, dup(s, str_cut(&rest, '+')));
	}
	for (struct str rest = o->keep ? str_of(o->keep) : (struct str){ NULL, 0 }; rest.p;) {
		struct str name = str_cut(&rest, ',');
		if (name.n)
			want(s, dup(s, name));
	}
	rc = rc ? rc : open_input(s, 0, e);
	rc = rc ? rc : check_list(s, "keep", o->keep, e);
	rc = rc ? rc : check_list(s, "drop", o->drop, e);
	for (size_t i = s->n_mapped; i < s->n; i++)
		want(s, s->target[i].name); /* of the further inputs */
	put_in_order(s);
	rc = rc ? rc : add_columns(s, columns, e);
	if (rc) {
		source_close(s);
		return rc;
	}
	s->field = MEM_NEW(s->n, struct str);
	*out = s;
	return 0;
}

/* The columns of a composite, joined by ':'. */
static struct str compose(struct source *s, const struct target *t)
{
	struct buf b = BUF_INIT;
	for (size_t k = 0; k < t->n_raw; k++) {
		buf_puts(&b, k ? ":" : "");
		buf_addstr(&b, s->raw.field[t->raw[k]]);
	}
	struct str text = { arena_strdup(&s->row_memory, b.data, b.n), b.n };
	buf_release(&b);
	return text;
}

/* A whole number as we would write it ourselves. */
static bool is_plain(struct str s)
{
	if (!s.n || s.n > 15 || (s.p[0] == '0' && s.n > 1))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return true;
}

static void put_number(struct source *s, struct str *field, double x)
{
	char text[NUM_MAX];
	size_t n = num_format_f64(text, x + 0.0); /* -0 becomes 0 */
	*field = (struct str){ arena_strdup(&s->row_memory, text, n), n };
}

/* Make a field canonical; why it cannot be, or NULL. */
static const char *settle(struct source *s, enum check check, struct str *field)
{
	double x;
	switch (check) {
	case CHECK_ID: return str_is_blank(*field) ? "is empty" : NULL;
	case CHECK_NUMBER:
		if (is_plain(*field))
			return NULL;
		if (!num_parse_f64(*field, &x))
			return "is not a number";
		break;
	case CHECK_TIME:
		if (s->when.kind <= WHEN_UNIX && is_plain(*field))
			return NULL;
		if (!when_parse(&s->when, *field, &x))
			return "is not a time";
		break;
	default: return NULL;
	}
	put_number(s, field, x);
	return NULL;
}

static int build(struct source *s, struct row *row, const char **reason, struct err *e)
{
	arena_reset(&s->row_memory);
	for (size_t i = 0; i < s->n; i++) {
		const struct target *t = &s->target[i];
		s->field[i] = t->n_raw == 1 ? s->raw.field[t->raw[0]] : compose(s, t);
		const char *why = settle(s, t->check, &s->field[i]);
		if (!why)
			continue;
		char *text = mem_printf("%s %s", t->name, why);
		*reason = arena_strdup(&s->row_memory, text, strlen(text));
		mem_free(text);
		struct str bad = s->field[i];
		return err_at_line(e, s->names[s->input], s->raw.line, bad.n ? "%s \"%.*s\" %s" : "%s%.*s %s", t->name, (int)bad.n,
				   bad.p, why);
	}
	*row = (struct row){ s->field, s->n, s->raw.line, (uint32_t)s->input, &s->row_memory };
	return 1;
}

int source_next(struct source *s, struct row *row, const char **reason, struct err *e)
{
	*reason = NULL;
	for (;;) {
		s->raw = (struct csv_row){ NULL, 0, 0 };
		int got = reader_next(&s->reader, &s->raw, e);
		if (got > 0)
			return build(s, row, reason, e);
		if (got < 0) {
			size_t n;
			reader_header(&s->reader, &n);
			if (s->raw.field)
				*reason = s->reader.jsonl ? "not a JSON object"
					  : s->raw.n != n ? "wrong number of fields" : "not UTF-8 text";
			return got;
		}
		if (s->input + 1 == s->paths->n)
			return 0;
		s->n_left_out += reader_left_out(&s->reader);
		reader_close(&s->reader);
		int rc = open_input(s, s->input + 1, e);
		if (rc)
			return rc;
	}
}

const struct csv_row *source_raw(const struct source *s, size_t *input)
{
	*input = s->input;
	return &s->raw;
}

const char *const *source_names(const struct source *s)
{
	return s->names;
}

size_t source_left_out(const struct source *s)
{
	return s->n_left_out + reader_left_out(&s->reader);
}

void source_close(struct source *s)
{
	if (!s)
		return;
	reader_close(&s->reader);
	arena_release(&s->memory);
	arena_release(&s->row_memory);
	mem_free(s->names);
	mem_free(s->target);
	mem_free(s->field);
	mem_free(s->want.v);
	mem_free(s);
}
