/* Top-k against a full sort, with ties, bars and thresholds, on every instruction set that this processor has. */
#include "base/mem.h"
#include "base/rng.h"
#include "linalg/topk.h"
#include "unit.h"

#include <math.h>

static int descending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x < y) - (x > y);
}

static void test_keys_order_scores_then_places(void **state)
{
	(void)state;
	static const float ascending[] = { -INFINITY, -3.5f, -1e-40f, 0, 1e-40f, 0.5f, 7, INFINITY };
	for (size_t i = 0; i < sizeof ascending / sizeof *ascending; i++) {
		assert_true(topk_key_score(topk_key(ascending[i], 17)) == ascending[i]);
		assert_int_equal(topk_key_place(topk_key(ascending[i], 17)), 17);
		if (i)
			assert_true(topk_key(ascending[i - 1], 0) < topk_key(ascending[i], UINT32_MAX));
	}
	assert_true(topk_key(1, 3) > topk_key(1, 4));
	assert_true(topk_key(-0.0f, 3) == topk_key(0.0f, 3));
}

/* The whole list, sorted: what topk must begin with. */
static size_t sorted_fully(uint64_t *out, const float *score, size_t n, const uint32_t *place, const uint64_t *barred,
			   size_t u, float min_score)
{
	size_t m = 0;
	for (size_t i = 0; i < n; i++)
		if (score[i] >= min_score && !(barred[i] >> u & 1))
			out[m++] = topk_key(score[i], place[i]);
	qsort(out, m, sizeof *out, descending);
	return m;
}

static void assert_best(struct topk *t, size_t u, const uint64_t *full, size_t n_full)
{
	size_t n = n_full < t->k ? n_full : t->k;
	assert_int_equal(t->n[u], n);
	const uint64_t *best = topk_sorted(t, u);
	for (size_t i = 0; i < n; i++)
		if (best[i] != full[i])
			fail_msg("user %zu, rank %zu of %zu: %g/%u where %g/%u was expected", u, i, n,
				 (double)topk_key_score(best[i]), topk_key_place(best[i]),
				 (double)topk_key_score(full[i]), topk_key_place(full[i]));
}

enum { N = 1000, WIDTH = 7, USERS = 41 };

struct world {
	float *users, *items; /* [WIDTH, TOPK_USERS], [N, WIDTH] */
	float *score;         /* [TOPK_USERS, N] */
	uint32_t place[N];
	uint64_t barred[N], full[N];
};

/* Small whole numbers, so that there are many ties and products are exact. */
static struct world *world_new(void)
{
	struct rng r;
	rng_init(&r, 5, 0);
	struct world *w = MEM_ZNEW(1, struct world);
	w->users = MEM_ZNEW(WIDTH * TOPK_USERS, float);
	w->items = MEM_NEW(N * WIDTH, float);
	w->score = MEM_ZNEW(TOPK_USERS * N, float);
	for (size_t k = 0; k < WIDTH; k++)
		for (size_t u = 0; u < USERS; u++)
			w->users[k * TOPK_USERS + u] = (float)rng_below(&r, 5) - 2;
	for (size_t i = 0; i < N; i++) {
		w->place[i] = (uint32_t)i;
		w->barred[i] = rng_u64(&r) & rng_u64(&r);
		for (size_t k = 0; k < WIDTH; k++)
			w->items[i * WIDTH + k] = (float)rng_below(&r, 5) - 2;
		for (size_t u = 0; u < USERS; u++)
			for (size_t k = 0; k < WIDTH; k++)
				w->score[u * N + i] += w->users[k * TOPK_USERS + u] * w->items[i * WIDTH + k];
	}
	rng_shuffle_u32(&r, w->place, N);
	return w;
}

static void world_free(struct world *w)
{
	mem_free(w->users);
	mem_free(w->items);
	mem_free(w->score);
	mem_free(w);
}

static const size_t ks[] = { 1, 2, 10, 63, N, N + 7 };

static void test_scan_equals_a_full_sort(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (size_t c = 0; c < sizeof ks / sizeof *ks; c++) {
		struct topk t;
		topk_init(&t, ks[c], -INFINITY);
		topk_scan(&t, USERS, w->score, N, 300, w->place, w->barred);
		topk_scan(&t, USERS, w->score + 300, N, N - 300, w->place + 300, w->barred + 300);
		for (size_t u = 0; u < USERS; u++)
			assert_best(&t, u, w->full, sorted_fully(w->full, w->score + u * N, N, w->place, w->barred, u, -INFINITY));
		topk_release(&t);
	}
	world_free(w);
}

static void test_dots_equal_a_full_sort_at_every_level(void **state)
{
	(void)state;
	struct world *w = world_new();
	for (enum cpu_level level = CPU_PORTABLE; level <= cpu_level(); level++)
		for (size_t c = 0; c < sizeof ks / sizeof *ks; c++) {
			struct topk t;
			size_t n_users = c % 2 ? USERS : 1 + c * 5; /* also few enough for the narrow tiles */
			topk_init(&t, ks[c], 1);
			topk_dots(level, &t, w->users, n_users, w->items + 500 * WIDTH, WIDTH, N - 500, w->place + 500,
				  w->barred + 500);
			topk_dots(level, &t, w->users, n_users, w->items, WIDTH, 500, w->place, w->barred);
			for (size_t u = 0; u < n_users; u++)
				assert_best(&t, u, w->full, sorted_fully(w->full, w->score + u * N, N, w->place, w->barred, u, 1));
			topk_release(&t);
		}
	world_free(w);
}

/* Products that must be rounded: the levels agree to the bit. */
static void test_levels_give_the_same_bits(void **state)
{
	(void)state;
	struct world *w = world_new();
	struct rng r;
	rng_init(&r, 6, 0);
	for (size_t i = 0; i < WIDTH * TOPK_USERS; i++)
		w->users[i] = (float)rng_normal(&r);
	for (size_t i = 0; i < N * WIDTH; i++)
		w->items[i] = (float)rng_normal(&r);
	struct topk first, t;
	topk_init(&first, N, -INFINITY);
	topk_init(&t, N, -INFINITY);
	topk_dots(CPU_PORTABLE, &first, w->users, USERS, w->items, WIDTH, N, w->place, w->barred);
	for (size_t u = 0; u < USERS; u++)
		topk_sorted(&first, u);
	for (enum cpu_level level = CPU_PORTABLE; level <= cpu_level(); level++) {
		topk_reset(&t, -INFINITY);
		topk_dots(level, &t, w->users, USERS, w->items, WIDTH, N, w->place, w->barred);
		for (size_t u = 0; u < USERS; u++)
			assert_best(&t, u, first.heap + u * N, first.n[u]);
	}
	topk_release(&first);
	topk_release(&t);
	world_free(w);
}

static void test_not_a_number_is_never_ranked(void **state)
{
	(void)state;
	static const float score[] = { NAN, 1, NAN, -INFINITY, 2 };
	static const uint32_t place[] = { 0, 1, 2, 3, 4 };
	struct topk t;
	topk_init(&t, 5, -INFINITY);
	topk_scan(&t, 1, score, 5, 5, place, NULL);
	assert_int_equal(t.n[0], 3);
	assert_int_equal(topk_key_place(topk_sorted(&t, 0)[0]), 4);
	topk_release(&t);
}

static void test_no_items_no_entries(void **state)
{
	(void)state;
	struct topk t;
	topk_init(&t, 3, -INFINITY);
	topk_scan(&t, 0, NULL, 0, 0, NULL, NULL);
	topk_dots(cpu_level(), &t, NULL, 0, NULL, 4, 0, NULL, NULL);
	assert_int_equal(t.n[0], 0);
	topk_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_order_scores_then_places),
		cmocka_unit_test(test_scan_equals_a_full_sort),
		cmocka_unit_test(test_dots_equal_a_full_sort_at_every_level),
		cmocka_unit_test(test_levels_give_the_same_bits),
		cmocka_unit_test(test_not_a_number_is_never_ranked),
		cmocka_unit_test(test_no_items_no_entries),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
