/* step_outlier.c: ratings far from the rest of their group.
 *
 * z = (x - mean) / standard deviation of the population; quartiles by linear interpolation between order statistics
 * (type 7 of Hyndman and Fan, "Sample quantiles in statistical packages", 1996; numpy's and R's default). */
#include "data/step.h"
#include "data/stats.h"

#include <math.h>

enum { BY_ALL, BY_USER, BY_ITEM };

struct options {
	const char *column;
	int method, by;
	double limit;
};

static const struct opt options[] = {
	{ .name = "column", .type = OPT_STRING, .offset = offsetof(struct options, column), .value = "NAME",
	  .preset = "rating", .help = "the column of numbers" },
	{ .name = "method", .type = OPT_CHOICE, .offset = offsetof(struct options, method), .choices = "zscore|iqr",
	  .preset = "zscore", .help = "distance from the mean in standard deviations, or from the quartiles in their distance" },
	{ .name = "limit", .type = OPT_REAL, .offset = offsetof(struct options, limit), .value = "X", .preset = "3",
	  .min = 0, .max = 1e300, .above_min = true, .help = "rows further away than this are dropped; 1.5 is usual for iqr" },
	{ .name = "by", .type = OPT_CHOICE, .offset = offsetof(struct options, by), .choices = "all|user|item",
	  .preset = "all", .help = "whose ratings are one group" },
};

struct state {
	size_t column, group;
};

static int open(struct step *s, struct header *columns, struct err *e)
{
	const struct options *o = s->options;
	struct state *st = s->state;
	int rc = header_need(columns, str_of(o->column), &st->column, e);
	if (!rc && o->by != BY_ALL)
		rc = header_need(columns, o->by == BY_USER ? STR("user") : STR("item"), &st->group, e);
	return rc;
}

static int table(struct step *s, struct table *t, bool *keep, struct err *e)
{
	const struct options *o = s->options;
	const struct state *st = s->state;
	double *x = table_numbers(t, st->column, o->column, s->input_name, e);
	if (!x)
		return ERR_DATA;
	struct idmap groups = IDMAP_INIT;
	uint32_t *group = o->by == BY_ALL ? MEM_ZNEW(t->n, uint32_t) : table_ids(t, st->group, &groups);
	struct fence *fence = fences_new(x, group, t->n, o->by == BY_ALL ? 1 : groups.n, o->method, o->limit);
	for (size_t i = 0; i < t->n; i++) {
		const struct fence *f = &fence[group[i]];
		if (x[i] < f->low || x[i] > f->high)
			step_drop_row(s, keep, i, x[i] < f->low ? "too low" : "too high");
	}
	mem_free(x);
	mem_free(group);
	mem_free(fence);
	idmap_release(&groups);
	return 0;
}

const struct step_class step_outlier = {
	.part = { .name = "outlier",
		  .summary = "drop rows whose rating is far from the others",
		  .help = "zscore: |x - mean| > limit * standard deviation (of the population). iqr: x < Q1 - limit * (Q3 - Q1) or\n"
			  "x > Q3 + limit * (Q3 - Q1), quartiles by linear interpolation. Groups without spread lose nothing by\n"
			  "zscore. Rows with an empty field stay. Needs the whole table.",
		  .options = options,
		  .n_options = sizeof options / sizeof *options,
		  .options_size = sizeof(struct options) },
	.whole_table = true,
	.state_size = sizeof(struct state),
	.open = open,
	.table = table,
};
