/* step_denormalise.c: back from what step_normalise.c did. */
#include "base/numbers.h"
#include "data/scale.h"
#include "data/step.h"

struct options {
	const char *from, *column;
};

static const struct opt options[] = {
	{ .name = "from", .type = OPT_STRING, .offset = offsetof(struct options, from), .value = "FILE",
	  .help = "what normalise:save=FILE has kept" },
	{ .name = "column", .type = OPT_STRING, .offset = offsetof(struct options, column), .value = "NAME",
	  .preset = "rating", .help = "the column of numbers: rating, or score in a file of predictions" },
};

struct state {
	size_t column;
	ptrdiff_t user;
	struct scale scale;
};

static int open(struct step *s, struct header *columns, struct err *e)
{
	const struct options *o = s->options;
	struct state *st = s->state;
	if (!o->from)
		return err_usage(e, "from=FILE is missing");
	int rc = header_need(columns, str_of(o->column), &st->column, e);
	if (!rc)
		rc = scale_load(&st->scale, o->from, e);
	st->user = header_find(columns, STR("user"));
	if (!rc && st->scale.users.n && st->user < 0)
		rc = err_data(e, "%s holds a mean for each user, but there is no column user", o->from);
	return rc;
}

static int row(struct step *s, struct row *r, struct err *e)
{
	const struct state *st = s->state;
	double x = 0;
	if (!r->field[st->column].n)
		return step_emit(s, r, e);
	int rc = step_number(s, r, st->column, &x, e);
	if (rc)
		return rc;
	double shift = st->user < 0 ? st->scale.shift : scale_shift(&st->scale, r->field[st->user]);
	step_set_number(s, r, st->column, x * st->scale.spread + shift);
	return step_emit(s, r, e);
}

static void release(struct step *s)
{
	scale_release(&((struct state *)s->state)->scale);
}

const struct step_class step_denormalise = {
	.part = { .name = "denormalise",
		  .summary = "undo normalise: back to the users' own scale",
		  .help = "x = y * spread + shift, with the shift of the user where the file has one, of all rows otherwise.\n"
			  "Streams.",
		  .options = options,
		  .n_options = sizeof options / sizeof *options,
		  .options_size = sizeof(struct options) },
	.state_size = sizeof(struct state),
	.open = open,
	.row = row,
	.release = release,
};
