/* mf_logistic.c: one user or item of a logistic model exactly, with the other side fixed. Updates and the folding-in of
 * unknown users come here; training itself is mf_sgd.c.
 *
 * The curvature of log(1 + e^z) is at most 1/4, so that with y the label and s = sigma(z)
 *     log(1 + e^z') - y z' <= constant + (z' - t)^2 / 8,   t = z + 4 (y - s)
 * (Boehning and Lindsay, "Monotonicity of quadratic-approximation algorithms", 1988). Each round is therefore the ridge
 * regression of mf_row.c on the targets t, with four times the ridges; the loss falls in each. */
#include "base/mem.h"
#include "base/rng.h"
#include "model/mf.h"

#include <math.h>
#include <string.h>

enum { ROUNDS = 8, ROW_BLOCK = 16, STREAM_DRAWN = 0x109 };

float mf_label(const struct model *m, float rating)
{
	const struct mf_options *o = m->options;
	return o->loss != MF_LOGISTIC ? rating : !m->has_rating || (double)rating >= o->like ? 1 : 0;
}

/* Rows of one side as unknowns. */
struct side {
	const struct model *m;
	struct mf_rows rows;
	bool users;
	size_t n_columns;       /* of the other side */
	size_t an_item;         /* negatives that training draws for an item on average */
	size_t most;            /* entries of the longest row, with those drawn */
};

static size_t n_likes(const struct model *m, const struct csr *c, size_t from, size_t to)
{
	size_t n = 0;
	for (size_t i = from; i < to; i++)
		n += mf_label(m, c->value[i]) > 0.5f;
	return n;
}

static struct side side_of(const struct model *m, bool users)
{
	const struct mf_options *o = m->options;
	struct side s = { m, mf_rows_of(m, users), users, users ? m->items.n : m->users.n, 0, 0 };
	s.rows.ridge *= 4;
	s.rows.ridge_bias *= 4;
	if (!users && o->negatives && m->items.n)
		s.an_item = o->negatives * n_likes(m, &m->history, 0, m->history.n) / m->items.n;
	return s;
}

/* Negatives are drawn as training draws them: items evenly for each like, so users in proportion to their likes, of which
 * there is one wherever something is drawn for items. */
static uint32_t draw(const struct side *s, struct rng *r)
{
	const struct csr *h = &s->m->history;
	if (s->users)
		return (uint32_t)rng_below(r, s->n_columns);
	size_t event, low = 0, high = h->n_rows;
	do
		event = rng_below(r, h->n);
	while (!(mf_label(s->m, h->value[event]) > 0.5f));
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		*(h->start[middle] <= event ? &low : &high) = middle;
	}
	return (uint32_t)low;
}

/* A worker's scratch. */
struct scratch {
	uint32_t *column, *known; /* [most]; [n_columns] the row that has an event with it, plus 1 */
	float *label, *target;    /* [most] each */
	float *x, *solve;         /* [K+1]; mf_solve_floats */
};

static struct scratch scratch_new(const struct side *s)
{
	return (struct scratch){ MEM_NEW(s->most, uint32_t), MEM_ZNEW(s->n_columns, uint32_t), MEM_NEW(s->most, float),
				 MEM_NEW(s->most, float), MEM_NEW(s->rows.K + 1, float), MEM_NEW(mf_solve_floats(s->rows.K), float) };
}

static void scratch_free(struct scratch *k)
{
	mem_free(k->column);
	mem_free(k->known);
	mem_free(k->label);
	mem_free(k->target);
	mem_free(k->x);
	mem_free(k->solve);
}

/* The row's events with their labels, then what is drawn: their number. */
static size_t entries(const struct side *s, size_t row, size_t n, const uint32_t *column, const float *rating, struct scratch *k)
{
	struct rng r;
	size_t n_drawn = s->an_item;
	rng_init(&r, s->m->seed + STREAM_DRAWN, 2 * row + s->users);
	for (size_t i = 0; i < n; i++) {
		k->column[i] = column[i];
		k->label[i] = mf_label(s->m, rating[i]);
		k->known[column[i]] = (uint32_t)row + 1;
		n_drawn += s->users && k->label[i] > 0.5f ? ((const struct mf_options *)s->m->options)->negatives : 0;
	}
	for (size_t i = 0; n && i < n_drawn; i++, n++) {
		uint32_t c = draw(s, &r);
		for (int tries = 0; tries < 20 && k->known[c] == (uint32_t)row + 1; tries++)
			c = draw(s, &r);
		k->column[n] = c;
		k->label[n] = 0;
	}
	return n;
}

/* k->x becomes the row; it is where the search begins, too. */
static void solve(const struct side *s, size_t n, const float *prior, struct scratch *k)
{
	const struct mf_rows *rows = &s->rows;
	size_t K = rows->K;
	for (int round = 0; round < (n ? ROUNDS : 1); round++) {
		for (size_t i = 0; i < n; i++) {
			const float *q = rows->other->factors + k->column[i] * K;
			float z = rows->mean + rows->other->bias[k->column[i]] + k->x[K];
			for (size_t d = 0; d < K; d++)
				z += k->x[d] * q[d];
			k->target[i] = z + 4 * (k->label[i] - 1 / (1 + expf(-z)));
		}
		mf_solve_row(rows, n, k->column, k->target, prior, k->x, NULL, k->solve);
	}
}

struct sweep {
	struct side side;
	const struct csr *c;
	const uint32_t *row;
	size_t n;
	const struct mf_half *to;
	struct scratch *scratch; /* a worker's each */
};

static void solve_block(void *context, size_t block, size_t worker)
{
	struct sweep *w = context;
	struct scratch *k = &w->scratch[worker];
	size_t K = w->side.rows.K, from, to;
	block_range(w->n, ROW_BLOCK, block, &from, &to);
	for (size_t i = from; i < to; i++) {
		size_t row = w->row[i], at = w->c->start[row];
		memcpy(k->x, w->to->factors + row * K, K * sizeof *k->x);
		k->x[K] = w->to->bias[row];
		size_t n = entries(&w->side, row, w->c->start[row + 1] - at, w->c->column + at, w->c->value + at, k);
		solve(&w->side, n, w->side.rows.prior ? w->side.rows.prior + row * (K + 1) : NULL, k);
		memcpy(w->to->factors + row * K, k->x, K * sizeof *k->x);
		w->to->bias[row] = k->x[K];
	}
}

void mf_logistic_rows(const struct model *m, bool users, const struct csr *c, const uint32_t *row, size_t n, struct pool *pool)
{
	const struct mf_options *o = m->options;
	struct sweep w = { side_of(m, users), c, row, n, mf_half_of(m, users), MEM_NEW(pool_size(pool), struct scratch) };
	for (size_t i = 0; i < n; i++) {
		size_t from = c->start[row[i]], to = c->start[row[i] + 1];
		size_t most = to - from + (users ? o->negatives * n_likes(m, c, from, to) : w.side.an_item);
		w.side.most = most > w.side.most ? most : w.side.most;
	}
	for (size_t i = 0; i < pool_size(pool); i++)
		w.scratch[i] = scratch_new(&w.side);
	pool_run(pool, blocks_of(n, ROW_BLOCK), solve_block, &w);
	for (size_t i = 0; i < pool_size(pool); i++)
		scratch_free(&w.scratch[i]);
	mem_free(w.scratch);
}

void mf_logistic_user(const struct model *m, size_t n, const uint32_t *item, const float *rating, float *x)
{
	struct side s = side_of(m, true);
	s.most = n * (1 + ((const struct mf_options *)m->options)->negatives);
	struct scratch k = scratch_new(&s);
	memset(k.x, 0, (s.rows.K + 1) * sizeof *k.x);
	solve(&s, entries(&s, m->users.n, n, item, rating, &k), NULL, &k);
	memcpy(x, k.x, (s.rows.K + 1) * sizeof *x);
	scratch_free(&k);
}
