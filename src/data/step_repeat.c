/* step_repeat.c: one row for each (user, item). */
#include "base/numbers.h"
#include "data/step.h"

#include <math.h>

enum { KEEP_FIRST, KEEP_LAST, KEEP_MEAN };

struct options {
	int keep;
};

static const struct opt options[] = {
	{ .name = "keep", .type = OPT_CHOICE, .offset = offsetof(struct options, keep), .choices = "first|last|mean",
	  .preset = "last", .help = "which of the repeated rows stays; mean: the last, with the mean of their ratings" },
};

struct state {
	size_t user, item, rating, time;
	bool has_time;
};

static int open(struct step *s, struct header *columns, struct err *e)
{
	struct state *st = s->state;
	const struct options *o = s->options;
	int rc = header_need(columns, STR("user"), &st->user, e);
	rc = rc ? rc : header_need(columns, STR("item"), &st->item, e);
	ptrdiff_t time = header_find(columns, STR("time"));
	st->has_time = time >= 0;
	st->time = st->has_time ? (size_t)time : 0;
	if (!rc && o->keep == KEEP_MEAN)
		rc = header_need(columns, STR("rating"), &st->rating, e);
	return rc;
}

/* pair[i]: a number for the (user, item) of row i, the same for the same pair. */
static uint32_t *number_pairs(const struct table *t, const struct state *st, size_t *n_pairs)
{
	struct idmap pairs = IDMAP_INIT;
	struct buf key = BUF_INIT;
	uint32_t *pair = MEM_NEW(t->n, uint32_t);
	for (size_t i = 0; i < t->n; i++) {
		buf_clear(&key);
		buf_addstr(&key, table_field(t, i, st->user));
		buf_putc(&key, 0); /* no id holds a NUL */
		buf_addstr(&key, table_field(t, i, st->item));
		pair[i] = idmap_add(&pairs, buf_str(&key));
	}
	*n_pairs = pairs.n;
	buf_release(&key);
	idmap_release(&pairs);
	return pair;
}

struct seen {
	uint32_t row, n;
	double sum;
	size_t n_rated;
};

static void set_mean(struct step *s, struct table *t, const struct seen *p)
{
	const struct state *st = s->state;
	struct buf text = BUF_INIT;
	if (p->n < 2 || !p->n_rated)
		return;
	num_put_f64(&text, p->sum / (double)p->n_rated);
	table_set(t, p->row, st->rating, buf_str(&text));
	s->n_changed++;
	buf_release(&text);
}

static int table(struct step *s, struct table *t, bool *keep, struct err *e)
{
	const struct state *st = s->state;
	const struct options *o = s->options;
	double *rating = NULL, *time = NULL;
	uint32_t *order = NULL, *pair = NULL;
	struct seen *seen = NULL;
	size_t n_pairs = 0;
	int rc = ERR_DATA;
	if (o->keep == KEEP_MEAN && !(rating = table_numbers(t, st->rating, "rating", s->input_name, e)))
		goto out;
	if (st->has_time && !(time = table_numbers(t, st->time, "time", s->input_name, e)))
		goto out;
	if (time)
		order = table_order(time, t->n);
	pair = number_pairs(t, st, &n_pairs);
	seen = MEM_ZNEW(n_pairs, struct seen);
	for (size_t k = 0; k < t->n; k++) {
		uint32_t i = order ? order[k] : (uint32_t)k;
		struct seen *p = &seen[pair[i]];
		if (rating && !isnan(rating[i])) {
			p->sum += rating[i];
			p->n_rated++;
		}
		if (p->n++)
			step_drop_row(s, keep, o->keep == KEEP_FIRST ? i : p->row, "repeated user and item");
		if (p->n == 1 || o->keep != KEEP_FIRST)
			p->row = i;
	}
	for (size_t p = 0; o->keep == KEEP_MEAN && p < n_pairs; p++)
		set_mean(s, t, &seen[p]);
	rc = 0;
out:
	mem_free(rating);
	mem_free(time);
	mem_free(order);
	mem_free(pair);
	mem_free(seen);
	return rc;
}

const struct step_class step_repeat = {
	.part = { .name = "repeat",
		  .summary = "keep one row of those with the same user and item",
		  .help = "First and last are by time, and by row where times are equal or there is no time column. The row stays\n"
			  "at its place. mean changes only the rating. Needs the whole table.",
		  .options = options,
		  .n_options = sizeof options / sizeof *options,
		  .options_size = sizeof(struct options) },
	.whole_table = true,
	.state_size = sizeof(struct state),
	.open = open,
	.table = table,
};
