/* predictions.c: see predictions.h. Rows are read in file order and then put in order by user and item. */
#include "data/predictions.h"
#include "base/mem.h"
#include "base/numbers.h"
#include "io/csv.h"

#include <stdlib.h>

struct row {
	uint32_t user, item;
	double value;
	size_t line;
};

struct rows {
	struct row *v;
	size_t n, capacity;
};

struct columns_of {
	ptrdiff_t user, item, value;
	const char *value_name;
	bool ranks;
};

static ptrdiff_t first_of(const struct csv *c, const char *const *names, const char **name)
{
	for (; *names; names++) {
		ptrdiff_t at = csv_column(c, *names);
		if (at >= 0) {
			*name = *names;
			return at;
		}
	}
	return -1;
}

static enum predictions_kind guess(const struct csv *c)
{
	if (csv_column(c, "rank") >= 0)
		return PREDICTIONS_LISTS;
	return csv_column(c, "score") >= 0 && csv_column(c, "prediction") < 0 ? PREDICTIONS_LISTS : PREDICTIONS_PAIRS;
}

static int find_columns(const struct csv *c, enum predictions_kind kind, struct columns_of *out, struct err *e)
{
	static const char *const pairs[] = { "prediction", "score", "rating", NULL };
	static const char *const lists[] = { "rank", "score", "prediction", "rating", NULL };
	bool list = kind == PREDICTIONS_LISTS;
	int rc = csv_need(c, "user", &out->user, e);
	if (!rc)
		rc = csv_need(c, "item", &out->item, e);
	if (rc)
		return rc;
	out->value = first_of(c, list ? lists : pairs, &out->value_name);
	out->ranks = list && out->value >= 0 && !str_cmp(str_of(out->value_name), STR("rank"));
	if (out->value < 0)
		return err_at_line(e, csv_name(c), 1, "there is none of the columns %s",
				   list ? "rank, score, prediction, rating" : "prediction, score, rating");
	return 0;
}

static int take_row(struct rows *rows, const struct csv *c, const struct columns_of *at, const struct csv_row *r,
		    struct idmap *users, struct idmap *items, struct err *e)
{
	struct str user = r->field[at->user], item = r->field[at->item], value = r->field[at->value];
	struct row row = { .line = r->line };
	uint64_t rank = 0;
	if (!user.n || !item.n)
		return err_at_line(e, csv_name(c), r->line, "the %s is blank", user.n ? "item" : "user");
	if (at->ranks && (!num_parse_u64(value, &rank) || rank < 1))
		return err_at_line(e, csv_name(c), r->line, "rank \"%.*s\" is not a whole number from 1", (int)value.n,
				   value.p);
	if (!at->ranks && !num_parse_f64(value, &row.value))
		return err_at_line(e, csv_name(c), r->line, "%s \"%.*s\" is not a number", at->value_name, (int)value.n,
				   value.p);
	if (at->ranks)
		row.value = (double)rank;
	row.user = idmap_add(users, user);
	row.item = idmap_add(items, item);
	if (rows->n == rows->capacity) {
		size_t capacity = mem_grow(rows->capacity, rows->n + 1);
		rows->v = mem_resize(rows->v, rows->n, capacity, sizeof *rows->v);
		rows->capacity = capacity;
	}
	rows->v[rows->n++] = row;
	return 0;
}

/* Rows by user, in file order within a user: a counting sort. */
static struct row *by_user(const struct rows *rows, size_t n_users, size_t *start)
{
	struct row *out = MEM_NEW(rows->n, struct row);
	for (size_t i = 0; i < rows->n; i++)
		start[rows->v[i].user]++;
	for (size_t u = 0; u < n_users; u++)
		start[u + 1] += start[u]; /* where a user's rows end; filling from the back makes it where they begin */
	for (size_t i = rows->n; i-- > 0;)
		out[--start[rows->v[i].user]] = rows->v[i];
	return out;
}

static int by_item(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	if (x->item != y->item)
		return x->item < y->item ? -1 : 1;
	return (x->line > y->line) - (x->line < y->line);
}

static int by_value(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return (x->line > y->line) - (x->line < y->line);
}

static int say_twice(const struct csv *c, const struct row *first, const struct row *again, const char *what,
		     const struct idmap *users, struct str text, struct err *e)
{
	struct str user = idmap_id(users, first->user);
	return err_at_line(e, csv_name(c), again->line, "user \"%.*s\" has %s \"%.*s\" twice (first in line %zu)",
			   (int)user.n, user.p, what, (int)text.n, text.p, first->line);
}

/* Put a user's rows in order of item; refuse a pair, or a rank, that comes twice. */
static int order_user(const struct csv *c, struct row *r, size_t n, bool ranks, const struct idmap *users,
		      const struct idmap *items, struct err *e)
{
	char text[NUM_MAX];
	qsort(r, n, sizeof *r, by_value);
	for (size_t i = 1; ranks && i < n; i++)
		if (r[i].value == r[i - 1].value)
			return say_twice(c, &r[i - 1], &r[i], "rank", users,
					 (struct str){ text, num_format_f64(text, r[i].value) }, e);
	qsort(r, n, sizeof *r, by_item);
	for (size_t i = 1; i < n; i++)
		if (r[i].item == r[i - 1].item)
			return say_twice(c, &r[i - 1], &r[i], "item", users, idmap_id(items, r[i].item), e);
	return 0;
}

static int arrange(struct predictions *p, const struct csv *c, const struct rows *rows, const struct idmap *users,
		   const struct idmap *items, struct err *e)
{
	int rc = 0;
	p->n = rows->n;
	p->n_users = users->n;
	p->start = MEM_ZNEW(users->n + 1, size_t);
	struct row *r = by_user(rows, users->n, p->start);
	for (size_t u = 0; u < users->n && !rc; u++)
		rc = order_user(c, r + p->start[u], p->start[u + 1] - p->start[u], p->ranks, users, items, e);
	p->item = MEM_NEW(rows->n, uint32_t);
	p->value = MEM_NEW(rows->n, double);
	for (size_t i = 0; i < rows->n; i++) {
		p->item[i] = r[i].item;
		p->value[i] = r[i].value;
	}
	mem_free(r);
	return rc;
}

int predictions_read(struct predictions *p, const char *path, enum predictions_kind kind, struct idmap *users,
		     struct idmap *items, struct err *e)
{
	struct csv_format format = CSV_FORMAT_DEFAULT;
	struct csv *c;
	struct csv_row row;
	struct rows rows = { NULL, 0, 0 };
	struct columns_of at = { .value_name = "" };
	*p = (struct predictions){ 0 };
	int more = 1, rc = csv_open(&c, path, &format, e);
	if (rc)
		return rc;
	p->kind = kind == PREDICTIONS_AUTO ? guess(c) : kind;
	rc = find_columns(c, p->kind, &at, e);
	p->ranks = at.ranks;
	while (!rc && (more = csv_next(c, &row, e)) > 0)
		rc = take_row(&rows, c, &at, &row, users, items, e);
	if (!rc && more < 0)
		rc = more;
	if (!rc)
		rc = arrange(p, c, &rows, users, items, e);
	csv_close(c);
	mem_free(rows.v);
	if (rc)
		predictions_release(p);
	return rc;
}

void predictions_release(struct predictions *p)
{
	mem_free(p->start);
	mem_free(p->item);
	mem_free(p->value);
	*p = (struct predictions){ 0 };
}

bool predictions_find(const struct predictions *p, uint32_t user, uint32_t item, double *value)
{
	if (user >= p->n_users)
		return false;
	size_t low = p->start[user], high = p->start[user + 1];
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (p->item[middle] < item)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == p->start[user + 1] || p->item[low] != item)
		return false;
	*value = p->value[low];
	return true;
}

struct placed {
	double value;
	uint32_t item, place;
};

static int best_first(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;
	if (x->value != y->value)
		return x->value > y->value ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

size_t predictions_list(const struct predictions *p, uint32_t user, const uint32_t *place, uint32_t *out)
{
	if (user >= p->n_users)
		return 0;
	size_t from = p->start[user], n = p->start[user + 1] - from;
	struct placed *v = MEM_NEW(n, struct placed);
	for (size_t i = 0; i < n; i++) {
		uint32_t item = p->item[from + i];
		v[i] = (struct placed){ p->ranks ? -p->value[from + i] : p->value[from + i], item, place[item] };
	}
	qsort(v, n, sizeof *v, best_first);
	for (size_t i = 0; i < n; i++)
		out[i] = v[i].item;
	mem_free(v);
	return n;
}
