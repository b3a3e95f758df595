/* step.c: see step.h. */
#include "data/step.h"
#include "base/numbers.h"

#include <string.h>

#define STEP(name) extern const struct step_class step_##name;
#include "data/steps.def"
#undef STEP
#define STEP(name) &step_##name.part,
const struct part *const steps[] = {
#include "data/steps.def"
};
#undef STEP
const size_t n_steps = sizeof steps / sizeof *steps;

int step_emit(struct step *s, struct row *row, struct err *e)
{
	s->n_out++;
	return s->to(s->to_context, row, e);
}

void step_drop(struct step *s, const char *reason)
{
	for (size_t i = 0; i < STEP_REASONS; i++) {
		struct step_reason *r = &s->reason[i];
		if (!r->text)
			r->text = reason;
		if (!strcmp(r->text, reason)) {
			r->n++;
			return;
		}
	}
}

void step_drop_row(struct step *s, bool *keep, size_t i, const char *reason)
{
	keep[i] = false;
	step_drop(s, reason);
}

int step_number(struct step *s, const struct row *row, size_t c, double *x, struct err *e)
{
	struct str text = row->field[c];
	if (num_parse_f64(text, x))
		return 0;
	return err_at_line(e, s->input_name[row->input], row->line, "%s \"%.*s\" is not a number", s->columns->name[c],
			   (int)text.n, text.p);
}

void step_set_number(struct step *s, struct row *row, size_t c, double x)
{
	char text[NUM_MAX];
	struct str new = { text, num_format_f64(text, x) };
	if (str_eq(new, row->field[c]))
		return;
	row_set(row, c, new);
	s->n_changed++;
}

static int apply_text(struct step *s, struct row *row, struct err *e)
{
	bool changed = false;
	for (size_t k = 0; k < s->n_text_columns; k++) {
		struct str was = row->field[s->text_column[k]];
		buf_clear(&s->scratch);
		int rc = s->class->text(s, was, &s->scratch, e);
		if (rc)
			return rc;
		if (str_eq(was, buf_str(&s->scratch)))
			continue;
		row_set(row, s->text_column[k], buf_str(&s->scratch));
		changed = true;
	}
	s->n_changed += changed;
	return step_emit(s, row, e);
}

static int take(void *context, struct row *row, struct err *e)
{
	struct step *s = context;
	s->n_in++;
	if (s->whole_table)
		return table_add(&s->table, row, e);
	return s->class->text ? apply_text(s, row, e) : s->class->row(s, row, e);
}

static int finish(struct step *s, struct err *e)
{
	if (!s->whole_table)
		return 0;
	struct table *t = &s->table;
	bool *keep = MEM_NEW(t->n, bool);
	struct row row = { .field = MEM_NEW(t->n_columns, struct str) };
	memset(keep, true, t->n * sizeof *keep);
	int rc = s->class->table(s, t, keep, e);
	for (size_t i = 0; !rc && i < t->n; i++) {
		if (!keep[i])
			continue;
		table_row(t, i, &row);
		rc = step_emit(s, &row, e);
		arena_reset(&t->memory);
	}
	table_release(t);
	mem_free(row.field);
	mem_free(keep);
	return rc;
}

static int open_step(struct step *s, struct header *columns, struct err *e)
{
	s->class = (const struct step_class *)s->spec.part;
	s->options = s->spec.options;
	s->state = s->class->state_size ? mem_zalloc(1, s->class->state_size) : NULL;
	s->columns = columns;
	s->n_columns = columns->n;
	s->whole_table = s->class->whole_table;
	table_init(&s->table, columns->n);
	int rc = 0;
	if (s->class->text)
		rc = header_need_list(columns, ((const struct text_options *)s->options)->columns, &s->text_column,
				       &s->n_text_columns, e);
	if (!rc && s->class->open)
		rc = s->class->open(s, columns, e);
	return rc ? err_prefix(e, "step \"%s\"", s->text) : 0;
}

int chain_open(struct chain *c, const struct strings *specs, struct header *columns, const char *const *input_name,
	       struct log *log, struct err *e)
{
	*c = (struct chain){ .step = MEM_ZNEW(specs->n, struct step), .n = specs->n };
	for (size_t i = 0; i < c->n; i++) {
		struct step *s = &c->step[i];
		s->text = specs->v[i];
		s->input_name = input_name;
		s->log = log;
		int rc = part_spec_parse(steps, n_steps, "step", s->text, &s->spec, e);
		if (!rc)
			rc = open_step(s, columns, e);
		if (rc)
			return rc;
		if (i) {
			c->step[i - 1].to = take;
			c->step[i - 1].to_context = s;
		}
	}
	return 0;
}

void chain_to(struct chain *c, row_fn *to, void *context)
{
	c->to = to;
	c->to_context = context;
	if (c->n) {
		c->step[c->n - 1].to = to;
		c->step[c->n - 1].to_context = context;
	}
}

int chain_push(struct chain *c, struct row *row, struct err *e)
{
	return c->n ? take(&c->step[0], row, e) : c->to(c->to_context, row, e);
}

int chain_finish(struct chain *c, struct err *e)
{
	int rc = 0;
	for (size_t i = 0; !rc && i < c->n; i++)
		rc = finish(&c->step[i], e);
	return rc;
}

void chain_release(struct chain *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct step *s = &c->step[i];
		if (s->state && s->class->release)
			s->class->release(s);
		table_release(&s->table);
		buf_release(&s->scratch);
		mem_free(s->text_column);
		mem_free(s->state);
		part_spec_release(&s->spec);
	}
	mem_free(c->step);
	*c = (struct chain){ 0 };
}
