/* csr.c: orders and groupings of events (events.h): by time, by user, by item. */
#include "base/mem.h"
#include "data/events.h"

#include <string.h>

/* Merge sort, since it must be stable; runs that are already in order (files sorted by time) cost one pass. */
static void merge_sort(const double *key, uint32_t *v, uint32_t *scratch, size_t n)
{
	if (n < 2)
		return;
	size_t half = n / 2;
	merge_sort(key, v, scratch, half);
	merge_sort(key, v + half, scratch, n - half);
	if (key[v[half - 1]] <= key[v[half]])
		return;
	memcpy(scratch, v, half * sizeof *v);
	for (size_t i = 0, j = half, k = 0; i < half; k++)
		v[k] = j < n && key[v[j]] < key[scratch[i]] ? v[j++] : scratch[i++];
}

void events_time_order(const struct events *ev, uint32_t *order)
{
	for (size_t i = 0; i < ev->n; i++)
		order[i] = (uint32_t)i;
	if (!ev->time_s)
		return;
	uint32_t *scratch = MEM_NEW(ev->n / 2 + 1, uint32_t);
	merge_sort(ev->time_s, order, scratch, ev->n);
	mem_free(scratch);
}

/* Counting sort by row: stable, so entries of a row keep the order of the events. */
static void group(struct csr *c, const struct events *ev, const uint32_t *row, const uint32_t *column, size_t n_rows)
{
	*c = (struct csr){ n_rows, ev->n, MEM_ZNEW(n_rows + 1, size_t), MEM_NEW(ev->n, uint32_t), MEM_NEW(ev->n, float),
			   MEM_NEW(ev->n, uint32_t) };
	size_t *next = MEM_NEW(n_rows + 1, size_t);
	for (size_t i = 0; i < ev->n; i++)
		c->start[row[i] + 1]++;
	for (size_t r = 0; r < n_rows; r++)
		c->start[r + 1] += c->start[r];
	memcpy(next, c->start, (n_rows + 1) * sizeof *next);
	for (size_t i = 0; i < ev->n; i++) {
		size_t to = next[row[i]]++;
		c->column[to] = column[i];
		c->value[to] = ev->rating[i];
		c->event[to] = (uint32_t)i;
	}
	mem_free(next);
}

void csr_by_user(struct csr *c, const struct events *ev, size_t n_users)
{
	group(c, ev, ev->user, ev->item, n_users);
}

void csr_by_user_time(struct csr *c, const struct events *ev, size_t n_users)
{
	struct events in_time = { ev->n, MEM_NEW(ev->n, uint32_t), MEM_NEW(ev->n, uint32_t), MEM_NEW(ev->n, float), NULL,
				  ev->has_rating, TEXTLIST_INIT };
	uint32_t *order = MEM_NEW(ev->n, uint32_t);
	events_time_order(ev, order);
	for (size_t i = 0; i < ev->n; i++) {
		in_time.user[i] = ev->user[order[i]];
		in_time.item[i] = ev->item[order[i]];
		in_time.rating[i] = ev->rating[order[i]];
	}
	csr_by_user(c, &in_time, n_users);
	for (size_t i = 0; i < c->n; i++)
		c->event[i] = order[c->event[i]];
	mem_free(order);
	events_release(&in_time);
}

void csr_by_item(struct csr *c, const struct events *ev, size_t n_items)
{
	group(c, ev, ev->item, ev->user, n_items);
}

void csr_release(struct csr *c)
{
	mem_free(c->start);
	mem_free(c->column);
	mem_free(c->value);
	mem_free(c->event);
	*c = (struct csr){ 0 };
}
