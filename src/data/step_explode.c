/* step_explode.c: a field that holds a list becomes a row an entry. */
#include "data/step.h"

#include <string.h>

struct options {
	const char *column, *separator, *into, *by;
};

static const struct opt options[] = {
	{ .name = "column", .type = OPT_STRING, .offset = offsetof(struct options, column), .value = "NAME",
	  .preset = "item", .help = "the column that holds lists" },
	{ .name = "separator", .type = OPT_STRING, .offset = offsetof(struct options, separator), .value = "C",
	  .preset = " ", .help = "the character between entries" },
	{ .name = "into", .type = OPT_STRING, .offset = offsetof(struct options, into), .value = "NAME",
	  .help = "a column of its own for the second half of each entry (\"N5-1\" is item N5, rating 1)" },
	{ .name = "at", .type = OPT_STRING, .offset = offsetof(struct options, by), .value = "C", .preset = "-",
	  .help = "the last C in an entry is where its second half begins" },
};

struct state {
	size_t column;
	bool splits;
	struct str *field; /* room for a row with the new column */
};

static int open(struct step *s, struct header *columns, struct err *e)
{
	const struct options *o = s->options;
	struct state *st = s->state;
	if (strlen(o->separator) != 1 || strlen(o->by) != 1)
		return err_usage(e, "separator and at take one character");
	int rc = header_need(columns, str_of(o->column), &st->column, e);
	st->splits = o->into != NULL;
	if (!rc && st->splits)
		rc = header_add(columns, str_of(o->into), e);
	st->field = MEM_NEW(columns->n, struct str);
	return rc;
}

static int emit_entry(struct step *s, const struct row *r, struct str entry, struct err *e)
{
	const struct options *o = s->options;
	const struct state *st = s->state;
	struct row out = *r;
	out.field = st->field;
	memcpy(out.field, r->field, r->n * sizeof *r->field);
	if (st->splits) {
		const char *at = memrchr(entry.p, o->by[0], entry.n);
		struct str second = at ? (struct str){ at + 1, (size_t)(entry.p + entry.n - at - 1) } : (struct str){ "", 0 };
		entry.n = at ? (size_t)(at - entry.p) : entry.n;
		row_set(&out, out.n++, second);
	}
	row_set(&out, st->column, entry);
	return step_emit(s, &out, e);
}

static int row(struct step *s, struct row *r, struct err *e)
{
	const struct options *o = s->options;
	const struct state *st = s->state;
	struct str rest = r->field[st->column];
	size_t n = 0;
	while (rest.p) {
		struct str entry = str_cut(&rest, o->separator[0]);
		if (!entry.n)
			continue;
		n++;
		int rc = emit_entry(s, r, entry, e);
		if (rc)
			return rc;
	}
	if (!n)
		step_drop(s, "empty list");
	return 0;
}

static void release(struct step *s)
{
	mem_free(((struct state *)s->state)->field);
}

const struct step_class step_explode = {
	.part = { .name = "explode",
		  .summary = "a row for each entry of a field that holds a list",
		  .help = "Streams. MIND's \"N55689-1 N35729-0\" with explode:column=item,into=rating becomes two rows with item and\n"
			  "rating. Rows with an empty list are dropped.",
		  .options = options,
		  .n_options = sizeof options / sizeof *options,
		  .options_size = sizeof(struct options) },
	.state_size = sizeof(struct state),
	.open = open,
	.row = row,
	.release = release,
};
