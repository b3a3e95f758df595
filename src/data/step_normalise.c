/* step_normalise.c: ratings on a common scale, with the way back kept in a file. */
#include "base/numbers.h"
#include "data/scale.h"
#include "data/step.h"
#include "io/stream.h"

#include <math.h>

enum method { MINMAX, ZSCORE, USER_MEAN };

struct options {
	int method;
	const char *column, *save;
};

static const struct opt options[] = {
	{ .name = "method", .type = OPT_CHOICE, .offset = offsetof(struct options, method),
	  .choices = "minmax|zscore|user-mean", .preset = "minmax", .help = "to [0, 1]; to mean 0 and deviation 1; to the "
	  "distance from the user's own mean" },
	{ .name = "column", .type = OPT_STRING, .offset = offsetof(struct options, column), .value = "NAME",
	  .preset = "rating", .help = "the column of numbers" },
	{ .name = "save", .type = OPT_STRING, .offset = offsetof(struct options, save), .value = "FILE",
	  .help = "keep what was taken off in FILE, for the step denormalise" },
};

struct state {
	size_t column, user;
};

static int open(struct step *s, struct header *columns, struct err *e)
{
	const struct options *o = s->options;
	struct state *st = s->state;
	int rc = header_need(columns, str_of(o->column), &st->column, e);
	if (!rc && o->save)
		rc = out_check(o->save, e);
	return rc || o->method != USER_MEAN ? rc : header_need(columns, STR("user"), &st->user, e);
}

static void user_means(const struct table *t, size_t user_column, const double *x, struct scale *scale)
{
	uint32_t *user = table_ids(t, user_column, &scale->users);
	size_t *n = MEM_ZNEW(scale->users.n, size_t);
	scale->user_shift = MEM_ZNEW(scale->users.n, double);
	for (size_t i = 0; i < t->n; i++)
		if (!isnan(x[i])) {
			scale->user_shift[user[i]] += x[i];
			n[user[i]]++;
		}
	for (size_t u = 0; u < scale->users.n; u++)
		scale->user_shift[u] = n[u] ? scale->user_shift[u] / (double)n[u] : scale->shift;
	mem_free(user);
	mem_free(n);
}

static struct scale scale_of(const struct table *t, const struct options *o, const struct state *st, const double *x)
{
	struct scale scale = { .spread = 1 };
	double low = INFINITY, high = -INFINITY, sum = 0, squares = 0;
	size_t n = 0;
	for (size_t i = 0; i < t->n; i++) {
		if (isnan(x[i]))
			continue;
		low = fmin(low, x[i]);
		high = fmax(high, x[i]);
		sum += x[i];
		n++;
	}
	double mean = n ? sum / (double)n : 0;
	for (size_t i = 0; i < t->n; i++)
		squares += isnan(x[i]) ? 0 : (x[i] - mean) * (x[i] - mean);
	double deviation = n ? sqrt(squares / (double)n) : 0;
	scale.shift = o->method == MINMAX ? (n ? low : 0) : mean;
	if (o->method == MINMAX && high > low)
		scale.spread = high - low;
	if (o->method == ZSCORE && deviation > 0)
		scale.spread = deviation;
	if (o->method == USER_MEAN)
		user_means(t, st->user, x, &scale);
	return scale;
}

static int table(struct step *s, struct table *t, bool *keep, struct err *e)
{
	(void)keep;
	const struct options *o = s->options;
	const struct state *st = s->state;
	double *x = table_numbers(t, st->column, o->column, s->input_name, e);
	if (!x)
		return e->code;
	struct scale scale = scale_of(t, o, st, x);
	for (size_t i = 0; i < t->n; i++) {
		if (isnan(x[i]))
			continue;
		char text[NUM_MAX];
		double shift = o->method == USER_MEAN ? scale_shift(&scale, table_field(t, i, st->user)) : scale.shift;
		size_t n = num_format_f64(text, (x[i] - shift) / scale.spread);
		table_set(t, i, st->column, (struct str){ text, n });
		s->n_changed++;
	}
	int rc = o->save ? scale_save(&scale, o->save, e) : 0;
	scale_release(&scale);
	mem_free(x);
	return rc;
}

const struct step_class step_normalise = {
	.part = { .name = "normalise",
		  .summary = "ratings to [0, 1], to z-scores, or to the distance from each user's mean",
		  .help = "y = (x - shift) / spread: minmax takes the smallest value and the range, zscore the mean and the\n"
			  "population standard deviation, user-mean each user's mean and 1. Where the spread would be 0 it is 1.\n"
			  "With save=FILE the step denormalise brings ratings, or predictions for them, back to the users' own\n"
			  "scale. Needs the whole table: normalise training data, and apply no split behind it that must not know\n"
			  "of the test rows' means.",
		  .options = options,
		  .n_options = sizeof options / sizeof *options,
		  .options_size = sizeof(struct options) },
	.whole_table = true,
	.state_size = sizeof(struct state),
	.open = open,
	.table = table,
};
