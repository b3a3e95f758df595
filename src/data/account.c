/* account.c: see account.h. Memory grows with the ids there are, not with the rows. */
#include "data/account.h"
#include "base/numbers.h"
#include "data/when.h"

#include <math.h>

void account_open(struct account *a, const struct header *c)
{
	*a = (struct account){ .user = header_find(c, STR("user")), .item = header_find(c, STR("item")),
			       .rating = header_find(c, STR("rating")), .time = header_find(c, STR("time")),
			       .rating_min = INFINITY, .rating_max = -INFINITY, .time_min = INFINITY, .time_max = -INFINITY };
}

static void count_level(struct account *a, double x)
{
	size_t i = 0;
	while (i < a->n_levels && a->level[i] < x)
		i++;
	if (i == a->n_levels || a->level[i] != x) {
		if (a->n_levels == ACCOUNT_LEVELS) {
			a->many_levels = true;
			return;
		}
		for (size_t k = a->n_levels++; k > i; k--) {
			a->level[k] = a->level[k - 1];
			a->level_n[k] = a->level_n[k - 1];
		}
		a->level[i] = x;
		a->level_n[i] = 0;
	}
	a->level_n[i]++;
}

void account_row(struct account *a, const struct row *row)
{
	double x;
	a->n++;
	if (a->user >= 0)
		idmap_add(&a->users, row->field[a->user]);
	if (a->item >= 0)
		idmap_add(&a->items, row->field[a->item]);
	if (a->rating >= 0 && num_parse_f64(row->field[a->rating], &x)) {
		a->n_rated++;
		a->rating_sum += x;
		a->rating_min = fmin(a->rating_min, x);
		a->rating_max = fmax(a->rating_max, x);
		count_level(a, x);
	}
	if (a->time >= 0 && num_parse_f64(row->field[a->time], &x)) {
		a->n_timed++;
		a->time_min = fmin(a->time_min, x);
		a->time_max = fmax(a->time_max, x);
	}
}

static void put_number(struct buf *out, const char *key, double x)
{
	buf_printf(out, "\"%s\": ", key);
	num_put_f64(out, x);
}

static void put_ratings(const struct account *a, struct buf *out)
{
	buf_puts(out, ",\n  \"rating\": {");
	buf_printf(out, "\"rows\": %zu, ", a->n_rated);
	put_number(out, "min", a->rating_min);
	buf_puts(out, ", ");
	put_number(out, "max", a->rating_max);
	buf_puts(out, ", ");
	put_number(out, "mean", a->rating_sum / (double)a->n_rated);
	if (!a->many_levels) {
		buf_puts(out, ", \"histogram\": {");
		for (size_t i = 0; i < a->n_levels; i++) {
			buf_puts(out, i ? ", \"" : "\"");
			num_put_f64(out, a->level[i]);
			buf_printf(out, "\": %zu", a->level_n[i]);
		}
		buf_putc(out, '}');
	}
	buf_putc(out, '}');
}

static void put_when(struct buf *out, const char *key, double seconds)
{
	buf_printf(out, "\"%s\": \"", key);
	when_put(seconds, out);
	buf_putc(out, '"');
}

void account_put(const struct account *a, struct buf *out)
{
	buf_printf(out, "  \"rows_out\": %zu", a->n);
	if (a->user >= 0)
		buf_printf(out, ",\n  \"users\": %zu", a->users.n);
	if (a->item >= 0)
		buf_printf(out, ",\n  \"items\": %zu", a->items.n);
	if (a->n_rated)
		put_ratings(a, out);
	if (a->n_timed) {
		buf_puts(out, ",\n  \"time\": {");
		put_when(out, "first", a->time_min);
		buf_puts(out, ", ");
		put_when(out, "last", a->time_max);
		buf_putc(out, '}');
	}
}

void account_release(struct account *a)
{
	idmap_release(&a->users);
	idmap_release(&a->items);
}
