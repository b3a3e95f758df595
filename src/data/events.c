/* events.c: see events.h.
 *
 * A batch of blocks of whole rows is parsed on all threads, each block against small maps of its own, which stay in
 * cache; only the ids that a block holds once more enter the shared maps, in block order, so the numbering is that of
 * row order whatever the threads. Rows behind the first quote character come through one more such part, serially. */
#include "data/events.h"
#include "base/mem.h"
#include "base/numbers.h"
#include "io/csv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum slot { USER, ITEM, RATING, TIME, N_SLOTS };
static const char *const slot_name[N_SLOTS] = { "user", "item", "rating", "time" };

/* Rows of one block, numbered by ids of their own. */
struct part {
	struct csv_block block;
	const struct reader *reader;
	struct idmap users, items;
	uint32_t *user, *item;
	float *rating;
	double *time_s;
	size_t n, capacity;
	struct buf last_user; /* rows are often grouped by user */
	int rc;
	struct err err;
	/* the row in hand */
	uint32_t row_user, row_item;
	double row_rating, row_time;
	bool bad;
	char bad_text[256];
	/* where the rows go in the end */
	size_t first;
	uint32_t *user_index, *item_index; /* of each of this part's ids in the shared maps */
};

struct reader {
	struct csv *csv;
	ptrdiff_t column[N_SLOTS];
	struct part *part;
	size_t n_parts;
	struct events *ev;
	size_t capacity;
};

/* ---- parsing ---- */

static void complain(struct part *p, enum slot slot, struct str value, const char *what)
{
	if (p->bad)
		return;
	p->bad = true;
	snprintf(p->bad_text, sizeof p->bad_text, "%s \"%.*s\" %s", slot_name[slot], (int)(value.n < 80 ? value.n : 80),
		 value.p, what);
}

static void take_user(struct part *p, struct str id)
{
	if (id.n && p->users.n && str_eq(id, buf_str(&p->last_user)))
		return;
	if (!id.n)
		complain(p, USER, id, "is blank");
	p->row_user = idmap_add(&p->users, id);
	buf_clear(&p->last_user);
	buf_addstr(&p->last_user, id);
}

static void take_item(struct part *p, struct str id)
{
	if (!id.n)
		complain(p, ITEM, id, "is blank");
	p->row_item = idmap_add(&p->items, id);
}

static void take_number(struct part *p, enum slot slot, struct str value, double limit, double *out)
{
	if (!num_parse_f64(value, out) || fabs(*out) > limit)
		complain(p, slot, value, "is not a number");
}

static void take_field(void *context, size_t column, struct str value)
{
	struct part *p = context;
	const ptrdiff_t *at = p->reader->column;
	if ((ptrdiff_t)column == at[USER])
		take_user(p, value);
	else if ((ptrdiff_t)column == at[ITEM])
		take_item(p, value);
	else if ((ptrdiff_t)column == at[RATING])
		take_number(p, RATING, value, 3e38, &p->row_rating);
	else if ((ptrdiff_t)column == at[TIME])
		take_number(p, TIME, value, 1e300, &p->row_time);
}

static void grow_columns(uint32_t **user, uint32_t **item, float **rating, double **time_s, size_t n, size_t capacity)
{
	*user = mem_resize(*user, n, capacity, sizeof **user);
	*item = mem_resize(*item, n, capacity, sizeof **item);
	*rating = mem_resize(*rating, n, capacity, sizeof **rating);
	if (time_s)
		*time_s = mem_resize(*time_s, n, capacity, sizeof **time_s);
}

static int take_row(void *context, size_t line, struct err *e)
{
	struct part *p = context;
	const struct reader *r = p->reader;
	if (p->bad)
		return err_at_line(e, csv_name(r->csv), line, "%s", p->bad_text);
	if (p->n == p->capacity) {
		size_t capacity = mem_grow(p->capacity, p->n + 1);
		grow_columns(&p->user, &p->item, &p->rating, r->column[TIME] >= 0 ? &p->time_s : NULL, p->n, capacity);
		p->capacity = capacity;
	}
	p->user[p->n] = p->row_user;
	p->item[p->n] = p->row_item;
	p->rating[p->n] = (float)p->row_rating;
	if (p->time_s)
		p->time_s[p->n] = p->row_time;
	p->n++;
	return 0;
}

static struct csv_visitor visitor_of(struct part *p)
{
	return (struct csv_visitor){ p, take_field, take_row };
}

static void parse_block(void *context, size_t block, size_t worker)
{
	(void)worker;
	struct part *p = &((struct reader *)context)->part[block];
	struct csv_visitor v = visitor_of(p);
	p->rc = csv_visit_block(p->reader->csv, &p->block, &v, &p->err);
}

/* ---- putting parts together ---- */

static void part_clear(struct part *p)
{
	idmap_clear(&p->users);
	idmap_clear(&p->items);
	p->n = 0;
	p->row_rating = 1;
	p->row_time = 0;
}

static void part_release(struct part *p)
{
	csv_block_release(&p->block);
	idmap_release(&p->users);
	idmap_release(&p->items);
	mem_free(p->user);
	mem_free(p->item);
	mem_free(p->rating);
	mem_free(p->time_s);
	buf_release(&p->last_user);
}

static uint32_t *enter_ids(struct idmap *shared, const struct idmap *own)
{
	uint32_t *index = MEM_NEW(own->n, uint32_t);
	for (uint32_t i = 0; i < own->n; i++)
		index[i] = idmap_add(shared, idmap_id(own, i));
	return index;
}

static void copy_part(void *context, size_t block, size_t worker)
{
	(void)worker;
	struct reader *r = context;
	struct part *p = &r->part[block];
	struct events *ev = r->ev;
	for (size_t i = 0; i < p->n; i++) {
		ev->user[p->first + i] = p->user_index[p->user[i]];
		ev->item[p->first + i] = p->item_index[p->item[i]];
	}
	if (!p->n)
		return;
	memcpy(ev->rating + p->first, p->rating, p->n * sizeof *p->rating);
	if (ev->time_s)
		memcpy(ev->time_s + p->first, p->time_s, p->n * sizeof *p->time_s);
}

/* The rows of the first n parts go behind those that are there; parts are empty afterwards. */
static int join_parts(struct reader *r, size_t n, struct idmap *users, struct idmap *items, struct pool *pool,
		      struct err *e)
{
	struct events *ev = r->ev;
	size_t total = ev->n;
	for (size_t b = 0; b < n; b++) {
		struct part *p = &r->part[b];
		if (p->rc) {
			*e = p->err;
			return p->rc;
		}
		p->first = total;
		total += p->n;
	}
	if (total > r->capacity) {
		size_t capacity = mem_grow(r->capacity, total);
		grow_columns(&ev->user, &ev->item, &ev->rating, r->column[TIME] >= 0 ? &ev->time_s : NULL, ev->n, capacity);
		r->capacity = capacity;
	}
	for (size_t b = 0; b < n; b++) {
		r->part[b].user_index = enter_ids(users, &r->part[b].users);
		r->part[b].item_index = enter_ids(items, &r->part[b].items);
	}
	pool_run(pool, n, copy_part, r);
	ev->n = total;
	for (size_t b = 0; b < n; b++) {
		mem_free(r->part[b].user_index);
		mem_free(r->part[b].item_index);
		part_clear(&r->part[b]);
	}
	return 0;
}

static int read_rows(struct reader *r, struct idmap *users, struct idmap *items, struct pool *pool, struct err *e)
{
	int got = 1, rc = 0;
	while (got == 1) {
		size_t n = 0;
		while (n < r->n_parts && (got = csv_next_block(r->csv, &r->part[n].block, e)) == 1)
			n++;
		if (got < 0)
			return got;
		pool_run(pool, n, parse_block, r);
		if ((rc = join_parts(r, n, users, items, pool, e)))
			return rc;
	}
	struct csv_visitor rest = visitor_of(&r->part[0]);
	rc = csv_visit(r->csv, &rest, e);
	return rc ? rc : join_parts(r, 1, users, items, pool, e);
}

static int find_columns(struct reader *r, struct err *e)
{
	for (size_t s = 0; s < N_SLOTS; s++) {
		r->column[s] = csv_column(r->csv, slot_name[s]);
		if (r->column[s] < 0 && s <= ITEM)
			return err_at_line(e, csv_name(r->csv), 1, "there is no column \"%s\"", slot_name[s]);
	}
	return 0;
}

int events_read(struct events *ev, const char *path, struct idmap *users, struct idmap *items, struct pool *pool,
		struct err *e)
{
	struct csv_format format = CSV_FORMAT_DEFAULT;
	struct reader r = { .ev = ev, .n_parts = 2 * pool_size(pool) };
	*ev = (struct events)EVENTS_INIT;
	int rc = csv_open(&r.csv, path, &format, e);
	if (rc)
		return rc;
	r.part = MEM_ZNEW(r.n_parts, struct part);
	for (size_t b = 0; b < r.n_parts; b++) {
		r.part[b].reader = &r;
		part_clear(&r.part[b]);
	}
	rc = find_columns(&r, e);
	if (!rc) {
		ev->has_rating = r.column[RATING] >= 0;
		grow_columns(&ev->user, &ev->item, &ev->rating, r.column[TIME] >= 0 ? &ev->time_s : NULL, 0, 1);
		r.capacity = 1;
		rc = read_rows(&r, users, items, pool, e);
	}
	for (size_t b = 0; b < r.n_parts; b++)
		part_release(&r.part[b]);
	mem_free(r.part);
	csv_close(r.csv);
	if (rc)
		events_release(ev);
	return rc;
}

void events_release(struct events *ev)
{
	mem_free(ev->user);
	mem_free(ev->item);
	mem_free(ev->rating);
	mem_free(ev->time_s);
	*ev = (struct events)EVENTS_INIT;
}
