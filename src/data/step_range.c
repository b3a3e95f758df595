/* step_range.c: values between two bounds. */
#include "base/numbers.h"
#include "data/step.h"

struct options {
	const char *column;
	double min, max;
	bool clip;
};

static const struct opt options[] = {
	{ .name = "column", .type = OPT_STRING, .offset = offsetof(struct options, column), .value = "NAME",
	  .preset = "rating", .help = "the column of numbers" },
	{ .name = "min", .type = OPT_REAL, .offset = offsetof(struct options, min), .value = "X", .preset = "-1e300",
	  .help = "smallest value that stays" },
	{ .name = "max", .type = OPT_REAL, .offset = offsetof(struct options, max), .value = "X", .preset = "1e300",
	  .help = "largest value that stays" },
	{ .name = "clip", .type = OPT_FLAG, .offset = offsetof(struct options, clip),
	  .help = "set what lies beyond to the bound instead of dropping the row" },
};

struct state {
	size_t column;
};

static int open(struct step *s, struct header *columns, struct err *e)
{
	const struct options *o = s->options;
	if (o->min > o->max)
		return err_usage(e, "min is above max");
	return header_need(columns, str_of(o->column), &((struct state *)s->state)->column, e);
}

static int row(struct step *s, struct row *r, struct err *e)
{
	const struct options *o = s->options;
	size_t c = ((struct state *)s->state)->column;
	double x = 0;
	if (!r->field[c].n)
		return step_emit(s, r, e);
	int rc = step_number(s, r, c, &x, e);
	if (rc)
		return rc;
	if (x >= o->min && x <= o->max)
		return step_emit(s, r, e);
	if (!o->clip) {
		step_drop(s, x < o->min ? "below min" : "above max");
		return 0;
	}
	step_set_number(s, r, c, x < o->min ? o->min : o->max);
	return step_emit(s, r, e);
}

const struct step_class step_range = {
	.part = { .name = "range",
		  .summary = "drop (or clip) rows whose rating, or another number, is out of range",
		  .help = "Streams. Rows where the column is empty stay.",
		  .options = options,
		  .n_options = sizeof options / sizeof *options,
		  .options_size = sizeof(struct options) },
	.state_size = sizeof(struct state),
	.open = open,
	.row = row,
};
