/* holdout.c: see holdout.h. */
#include "train/holdout.h"
#include "base/mem.h"
#include "base/rng.h"

#include <string.h>

void events_take(const struct events *ev, const uint32_t *row, size_t n, struct events *out)
{
	*out = (struct events){ n, MEM_NEW(n, uint32_t), MEM_NEW(n, uint32_t), MEM_NEW(n, float),
				ev->time_s ? MEM_NEW(n, double) : NULL, ev->has_rating, TEXTLIST_INIT };
	for (size_t i = 0; i < n; i++) {
		out->user[i] = ev->user[row[i]];
		out->item[i] = ev->item[row[i]];
		out->rating[i] = ev->rating[row[i]];
		if (ev->time_s)
			out->time_s[i] = ev->time_s[row[i]];
		if (ev->text.n)
			textlist_add(&out->text, textlist_at(&ev->text, row[i]));
	}
}

enum { STREAM_HOLDOUT = 0x401d };

/* Rows in the order in which they leave: the last ones are held out, or the last of each user. */
static uint32_t *leaving_order(const struct events *ev, enum holdout how, uint64_t seed)
{
	uint32_t *order = MEM_NEW(ev->n, uint32_t);
	for (size_t i = 0; i < ev->n; i++)
		order[i] = (uint32_t)i;
	struct rng r;
	rng_init(&r, seed, STREAM_HOLDOUT);
	if (how == HOLDOUT_RANDOM)
		rng_shuffle_u32(&r, order, ev->n);
	else if (ev->time_s)
		events_time_order(ev, order);
	return order;
}

static size_t hold_fraction(const struct events *ev, const uint32_t *order, double fraction, unsigned char *held)
{
	size_t n = (size_t)(fraction * (double)ev->n);
	n = n < 1 ? 1 : n >= ev->n ? ev->n - 1 : n;
	for (size_t i = ev->n - n; i < ev->n; i++)
		held[order[i]] = 1;
	return n;
}

/* Going back from the newest row, a user's first is the one to hold, if there is a second. */
static size_t hold_last(const struct events *ev, const uint32_t *order, unsigned char *held)
{
	size_t n = 0, n_users = 0;
	for (size_t i = 0; i < ev->n; i++)
		n_users = ev->user[i] < n_users ? n_users : (size_t)ev->user[i] + 1;
	uint32_t *newest = MEM_NEW(n_users, uint32_t);
	memset(newest, 0xff, n_users * sizeof *newest);
	for (size_t i = ev->n; i-- > 0;) {
		uint32_t *row = &newest[ev->user[order[i]]];
		if (*row == UINT32_MAX) {
			*row = order[i];
		} else if (!held[*row]) {
			held[*row] = 1;
			n++;
		}
	}
	mem_free(newest);
	return n;
}

int holdout_split(const struct events *ev, enum holdout how, double fraction, uint64_t seed, struct events *train,
		  struct events *valid, struct err *e)
{
	if (ev->n < 2)
		return err_data(e, "%zu event%s: too few to hold out a part", ev->n, ev->n == 1 ? "" : "s");
	uint32_t *order = leaving_order(ev, how, seed);
	unsigned char *held = MEM_ZNEW(ev->n, unsigned char);
	size_t n = how == HOLDOUT_LAST ? hold_last(ev, order, held) : hold_fraction(ev, order, fraction, held);
	size_t n_kept = 0, n_held = ev->n - n;
	for (size_t i = 0; i < ev->n; i++)
		order[held[i] ? n_held++ : n_kept++] = (uint32_t)i;
	if (n) {
		events_take(ev, order, n_kept, train);
		events_take(ev, order + n_kept, n, valid);
	}
	mem_free(order);
	mem_free(held);
	return n ? 0 : err_data(e, "no user has two events, so none's last one can be held out");
}
