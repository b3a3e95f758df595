/* split.c: see split.h. */
#include "data/split.h"
#include "base/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SPLIT(name) extern const struct split_class split_##name;
#include "data/splits.def"
#undef SPLIT
#define SPLIT(name) &split_##name.part,
const struct part *const splits[] = {
#include "data/splits.def"
};
#undef SPLIT
const size_t n_splits = sizeof splits / sizeof *splits;

int split_sizes_check(const struct split_sizes *s, struct err *e)
{
	if (s->test + s->valid >= 1)
		return err_usage(e, "test and valid together leave nothing to train on");
	return 0;
}

uint32_t split_part_at(const struct split_sizes *s, size_t left, size_t n)
{
	size_t n_test = (size_t)llround(s->test * (double)n), n_valid = (size_t)llround(s->valid * (double)n);
	return left <= n_test ? PART_TEST : left <= n_test + n_valid ? PART_VALID : PART_TRAIN;
}

void split_in_order(const struct split_sizes *s, const uint32_t *order, size_t n, uint32_t *part)
{
	for (size_t k = 0; k < n; k++)
		part[order[k]] = split_part_at(s, n - k, n);
}

uint32_t *split_random_order(size_t n, uint64_t seed)
{
	uint32_t *order = MEM_NEW(n, uint32_t);
	for (size_t i = 0; i < n; i++)
		order[i] = (uint32_t)i;
	struct rng r;
	rng_init(&r, seed, 0);
	rng_shuffle_u32(&r, order, n);
	return order;
}

void split_groups(const struct split_sizes *s, const uint32_t *group, size_t n, size_t n_groups, uint64_t seed,
		  uint32_t *part)
{
	uint32_t *order = split_random_order(n_groups, seed), *of_group = MEM_NEW(n_groups, uint32_t);
	split_in_order(s, order, n_groups, of_group);
	for (size_t i = 0; i < n; i++)
		part[i] = of_group[group[i]];
	mem_free(order);
	mem_free(of_group);
}

/* ---- leakage ---- */

/* Pairs of train, sorted, so that the others are found by bisection. */
static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

static uint64_t pair_of(const struct split_rows *r, size_t i)
{
	return (uint64_t)r->user[i] << 32 | r->item[i];
}

struct known {
	uint64_t *pair;
	size_t n;
	double newest, *newest_of_user; /* -INFINITY: none */
	bool *item;
};

static struct known learn(const struct split_rows *r, const bool *train)
{
	struct known k = { MEM_NEW(r->n, uint64_t), 0, -INFINITY, MEM_NEW(r->n_users, double), MEM_ZNEW(r->n_items, bool) };
	for (size_t u = 0; u < r->n_users; u++)
		k.newest_of_user[u] = -INFINITY;
	for (size_t i = 0; i < r->n; i++) {
		if (!train[i])
			continue;
		k.pair[k.n++] = pair_of(r, i);
		k.newest = fmax(k.newest, r->time_s[i]);
		k.newest_of_user[r->user[i]] = fmax(k.newest_of_user[r->user[i]], r->time_s[i]);
		k.item[r->item[i]] = true;
	}
	qsort(k.pair, k.n, sizeof *k.pair, compare_u64);
	return k;
}

struct leakage leakage_between(const struct split_rows *r, const bool *train, const bool *other)
{
	struct known k = learn(r, train);
	struct leakage l = { .n_train = k.n };
	for (size_t i = 0; i < r->n; i++) {
		if (!other[i])
			continue;
		uint64_t pair = pair_of(r, i);
		double own = k.newest_of_user[r->user[i]];
		l.n_other++;
		l.n_pairs += k.n && bsearch(&pair, k.pair, k.n, sizeof *k.pair, compare_u64);
		l.n_before += r->timed && r->time_s[i] < k.newest;
		l.n_user_before += r->timed && r->time_s[i] < own;
		l.n_new_users += own == -INFINITY;
		l.n_new_items += !k.item[r->item[i]];
	}
	mem_free(k.pair);
	mem_free(k.newest_of_user);
	mem_free(k.item);
	return l;
}
