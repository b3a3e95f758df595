/* Ranking against a full sort: models that score, models that are dot products, seen items, candidates, threads. */
#include "base/mem.h"
#include "base/rng.h"
#include "linalg/topk.h"
#include "model/rank.h"
#include "unit.h"

#include <math.h>

/* A made-up model: scores are small whole numbers, so there are many ties; unknown users get the item's first
 * factor. */
enum { WIDTH = 3, N_ITEMS = 700, N_USERS = 150, MANY_ITEMS = 70000 };

static float item_factor(size_t i, size_t k)
{
	return (float)(rng_mix(i * WIDTH + k) % 5);
}

static float user_factor(uint32_t user, size_t k)
{
	return user == IDMAP_NONE ? k == 0 : (float)(rng_mix(user * 77777 + k) % 4) - 1;
}

static size_t width(const struct model *m)
{
	(void)m;
	return WIDTH;
}

static void prepare(const struct model *m, const struct query *q, size_t n_q, float *scratch)
{
	(void)m;
	for (size_t u = 0; u < n_q; u++)
		for (size_t k = 0; k < WIDTH; k++)
			scratch[u * WIDTH + k] = user_factor(q[u].user, k);
}

static void score(const struct model *m, const struct query *q, size_t n_q, const float *scratch, size_t i0, size_t i1,
		  float *out, size_t ld)
{
	(void)m;
	(void)q;
	for (size_t u = 0; u < n_q; u++)
		for (size_t i = i0; i < i1; i++) {
			float sum = 0;
			for (size_t k = 0; k < WIDTH; k++)
				sum += scratch[u * WIDTH + k] * item_factor(i, k);
			out[u * ld + (i - i0)] = sum;
		}
}

static void item_vectors(const struct model *m, size_t i0, size_t i1, float *out)
{
	(void)m;
	for (size_t i = i0; i < i1; i++)
		for (size_t k = 0; k < WIDTH; k++)
			*out++ = item_factor(i, k);
}

static const struct model_class scoring = { .prepare_floats = width, .prepare = prepare, .score = score };
static const struct model_class dotting = { .prepare_floats = width, .prepare = prepare, .dot_width = width,
					    .item_vectors = item_vectors };

struct world {
	struct model m;
	size_t start[N_USERS + 1];
	uint32_t column[N_USERS * 20];
	struct rank_query query[N_USERS + 7]; /* the last ones are unknown */
	uint32_t context[3], barred[5];
	bool candidate[MANY_ITEMS];
	uint32_t place[MANY_ITEMS];
};

static struct world *world_new(size_t n_items)
{
	struct world *w = MEM_ZNEW(1, struct world);
	struct rng r;
	rng_init(&r, 11, 0);
	for (size_t i = 0; i < n_items; i++) {
		char *id = mem_printf("i%zu", i * 7919 % 100003);
		idmap_add(&w->m.items, str_of(id));
		mem_free(id);
		w->candidate[i] = rng_below(&r, 10) > 2;
	}
	w->m.history = (struct csr){ .n_rows = N_USERS - 20, .start = w->start, .column = w->column };
	for (size_t u = 0; u < N_USERS; u++) { /* the last users have no row in the history */
		w->start[u + 1] = w->start[u];
		for (size_t n = rng_below(&r, 20); n_items && n; n--)
			w->column[w->start[u + 1]++] = (uint32_t)rng_below(&r, n_items);
	}
	for (uint32_t q = 0; q < N_USERS + 7; q++) {
		w->query[q] = (struct rank_query){ .query = { .user = q < N_USERS ? q : IDMAP_NONE } };
		if (n_items && q % 3 == 0)
			w->query[q].query.item = w->context, w->query[q].query.n = 3;
		if (n_items && q % 2 == 0)
			w->query[q].barred = w->barred, w->query[q].n_barred = 5;
	}
	for (size_t i = 0; n_items && i < 3; i++)
		w->context[i] = (uint32_t)rng_below(&r, n_items);
	for (size_t i = 0; n_items && i < 5; i++)
		w->barred[i] = (uint32_t)rng_below(&r, n_items);
	idmap_rank(&w->m.items, w->place);
	return w;
}

static void world_free(struct world *w)
{
	idmap_release(&w->m.items);
	mem_free(w);
}

static bool has(const uint32_t *v, size_t n, uint32_t x)
{
	for (size_t i = 0; i < n; i++)
		if (v[i] == x)
			return true;
	return false;
}

static bool wanted(const struct world *w, const struct rank_options *o, const struct rank_query *q, uint32_t item)
{
	uint32_t user = q->query.user;
	if ((o->candidate && !o->candidate[item]) || has(q->barred, q->n_barred, item))
		return false;
	if (o->keep_seen)
		return true;
	return !has(q->query.item, q->query.n, item) &&
	       !(user < N_USERS - 20 && has(w->column + w->start[user], w->start[user + 1] - w->start[user], item));
}

static int descending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x < y) - (x > y);
}

static void assert_ranked(const struct world *w, const struct rank_options *o, const struct rank_query *q,
			  const struct rank_entry *got, size_t n_got)
{
	static uint64_t key[MANY_ITEMS];
	size_t n = 0;
	for (uint32_t i = 0; i < w->m.items.n; i++) {
		float s = 0;
		for (size_t k = 0; k < WIDTH; k++)
			s += user_factor(q->query.user, k) * item_factor(i, k);
		if (s >= o->min_score && wanted(w, o, q, i))
			key[n++] = topk_key(s, w->place[i]);
	}
	qsort(key, n, sizeof *key, descending);
	assert_int_equal(n_got, n < o->k ? n : o->k);
	for (size_t i = 0; i < n_got; i++) {
		assert_int_equal(w->place[got[i].item], topk_key_place(key[i]));
		assert_true(got[i].score == topk_key_score(key[i]));
	}
}

static void check(struct world *w, const struct model_class *class, const struct rank_options *o, size_t threads,
		  size_t n)
{
	enum { N = N_USERS + 7 };
	struct pool *pool = pool_new(threads);
	w->m.class = class;
	struct ranker *r = ranker_new(&w->m, o, pool);
	size_t k = ranker_k(r), n_out[N];
	assert_true(ranker_wave(r) >= RANK_BLOCK);
	struct rank_entry *out = mem_alloc(N, k * sizeof *out);
	ranker_run(r, w->query, n, out, n_out);
	for (size_t q = 0; q < n; q++)
		assert_ranked(w, o, &w->query[q], out + q * k, n_out[q]);
	ranker_run(r, w->query, 0, out, n_out);
	mem_free(out);
	ranker_free(r);
	pool_free(pool);
}

static void test_rankings_equal_a_full_sort(void **state)
{
	(void)state;
	struct world *w = world_new(N_ITEMS);
	const struct rank_options options[] = {
		{ 10, -INFINITY, false, NULL }, { 1, -INFINITY, true, NULL },         { 25, 2, false, w->candidate },
		{ 5000, 0, false, NULL },       { 5000, -INFINITY, true, w->candidate }, { 3, 1e9f, false, NULL },
	};
	for (size_t i = 0; i < sizeof options / sizeof *options; i++)
		for (size_t threads = 1; threads <= 3; threads++) {
			check(w, &scoring, &options[i], threads, N_USERS + 7);
			check(w, &dotting, &options[i], threads, N_USERS + 7);
		}
	world_free(w);
}

static void test_no_items_and_no_candidates(void **state)
{
	(void)state;
	static const bool none[N_ITEMS];
	struct world *w = world_new(0), *full = world_new(N_ITEMS);
	check(w, &scoring, &(struct rank_options){ 10, -INFINITY, false, NULL }, 2, 70);
	check(w, &dotting, &(struct rank_options){ 10, -INFINITY, false, NULL }, 2, 70);
	check(full, &dotting, &(struct rank_options){ 10, -INFINITY, false, none }, 2, 70);
	world_free(w);
	world_free(full);
}

/* More items than a task takes: the best of several are merged. */
static void test_many_items(void **state)
{
	(void)state;
	struct world *w = world_new(MANY_ITEMS);
	check(w, &scoring, &(struct rank_options){ 50, -INFINITY, false, w->candidate }, 2, 5);
	check(w, &dotting, &(struct rank_options){ 50, 5, false, NULL }, 2, 5);
	check(w, &dotting, &(struct rank_options){ 1000000, -INFINITY, true, NULL }, 2, 2);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rankings_equal_a_full_sort),
		cmocka_unit_test(test_no_items_and_no_candidates),
		cmocka_unit_test(test_many_items),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
