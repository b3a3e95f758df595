/* rows.c: see rows.h. */
#include "model/rows.h"
#include "base/mem.h"

void history_by_item(const struct model *m, struct csr *out)
{
	const struct csr *h = &m->history;
	size_t n_items = m->items.n;
	*out = (struct csr){ n_items, h->n, MEM_ZNEW(n_items + 1, size_t), MEM_NEW(h->n, uint32_t), MEM_NEW(h->n, float),
			     NULL };
	for (size_t i = 0; i < h->n; i++)
		out->start[h->column[i] + 1]++;
	for (size_t i = 0; i < n_items; i++)
		out->start[i + 1] += out->start[i];
	size_t *next = mem_dup(out->start, n_items * sizeof *next);
	for (size_t u = 0; u < h->n_rows; u++)
		for (size_t i = h->start[u]; i < h->start[u + 1]; i++) {
			size_t to = next[h->column[i]]++;
			out->column[to] = (uint32_t)u;
			out->value[to] = h->value[i];
		}
	mem_free(next);
}

uint32_t csr_row(const struct csr *c, size_t entry)
{
	size_t low = 0, high = c->n_rows;
	while (high - low > 1) {
		size_t middle = (low + high) / 2;
		if (c->start[middle] <= entry)
			low = middle;
		else
			high = middle;
	}
	return (uint32_t)low;
}

uint32_t *distinct_rows(const uint32_t *index, size_t n, size_t n_rows, size_t *n_out)
{
	unsigned char *seen = MEM_ZNEW(n_rows, unsigned char);
	size_t found = 0;
	for (size_t i = 0; i < n; i++) {
		found += !seen[index[i]];
		seen[index[i]] = 1;
	}
	uint32_t *rows = MEM_NEW(found, uint32_t);
	*n_out = found;
	for (size_t row = n_rows; found; row--)
		if (seen[row - 1])
			rows[--found] = (uint32_t)(row - 1);
	mem_free(seen);
	return rows;
}

enum { ROW_BLOCK = 256 };

struct means {
	const struct csr *c;
	const uint32_t *rows;
	size_t n;
	float mean;
	const float *other;
	double reg;
	float *out;
};

static void means_block(void *context, size_t block, size_t worker)
{
	(void)worker;
	const struct means *s = context;
	size_t from, to;
	block_range(s->n, ROW_BLOCK, block, &from, &to);
	for (size_t k = from; k < to; k++) {
		size_t row = s->rows ? s->rows[k] : k, n = 0;
		double sum = 0;
		if (row < s->c->n_rows) {
			n = s->c->start[row + 1] - s->c->start[row];
			for (size_t i = s->c->start[row]; i < s->c->start[row + 1]; i++)
				sum += (double)(s->c->value[i] - s->mean - s->other[s->c->column[i]]);
		}
		s->out[row] = n ? (float)(sum / (s->reg + (double)n)) : 0;
	}
}

void ridge_means(const struct csr *c, const uint32_t *rows, size_t n, float mean, const float *other, double reg,
		 float *out, struct pool *pool)
{
	struct means s = { c, rows, n, mean, other, reg, out };
	pool_run(pool, blocks_of(n, ROW_BLOCK), means_block, &s);
}

static double sum_block(void *context, size_t block, size_t worker)
{
	(void)worker;
	const struct csr *c = context;
	size_t from, to;
	double sum = 0;
	block_range(c->n_rows, ROW_BLOCK, block, &from, &to);
	for (size_t i = c->start[from]; i < c->start[to]; i++)
		sum += (double)c->value[i];
	return sum;
}

double csr_mean(const struct csr *c, struct pool *pool)
{
	double sum = pool_sum(pool, blocks_of(c->n_rows, ROW_BLOCK), sum_block, (void *)(uintptr_t)c);
	return c->n ? sum / (double)c->n : 0;
}

void bias_solve(const struct csr *by_user, const struct csr *by_item, double reg_user, double reg_item, size_t rounds,
		float *mean, float *user_bias, float *item_bias, struct pool *pool)
{
	*mean = (float)csr_mean(by_user, pool);
	for (size_t round = 0; round < rounds; round++) {
		ridge_means(by_item, NULL, by_item->n_rows, *mean, user_bias, reg_item, item_bias, pool);
		ridge_means(by_user, NULL, by_user->n_rows, *mean, item_bias, reg_user, user_bias, pool);
	}
}

void bias_fit(const struct model *m, const struct events *ev, double reg_user, double reg_item, size_t rounds, float *mean,
	      float *user_bias, float *item_bias, struct pool *pool)
{
	struct csr by_user, by_item;
	csr_by_user(&by_user, ev, m->users.n);
	csr_by_item(&by_item, ev, m->items.n);
	bias_solve(&by_user, &by_item, reg_user, reg_item, rounds, mean, user_bias, item_bias, pool);
	csr_release(&by_user);
	csr_release(&by_item);
}

void bias_update(const struct model *m, const struct events *ev, double reg_user, double reg_item, size_t rounds, float mean,
		 float *user_bias, float *item_bias, struct pool *pool)
{
	struct csr by_item;
	size_t n_users, n_items;
	uint32_t *users = distinct_rows(ev->user, ev->n, m->users.n, &n_users);
	uint32_t *items = distinct_rows(ev->item, ev->n, m->items.n, &n_items);
	history_by_item(m, &by_item);
	for (size_t round = 0; round < rounds; round++) {
		ridge_means(&m->history, users, n_users, mean, item_bias, reg_user, user_bias, pool);
		ridge_means(&by_item, items, n_items, mean, user_bias, reg_item, item_bias, pool);
	}
	csr_release(&by_item);
	mem_free(users);
	mem_free(items);
}
