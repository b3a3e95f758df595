/* Ids to indices and back. */
#include "base/mem.h"
#include "base/rng.h"
#include "data/idmap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static void numbers_by_first_appearance(void **state)
{
	(void)state;
	struct idmap m = IDMAP_INIT;
	assert_int_equal(idmap_find(&m, STR("a")), IDMAP_NONE);
	assert_int_equal(idmap_add(&m, STR("b")), 0);
	assert_int_equal(idmap_add(&m, STR("a")), 1);
	assert_int_equal(idmap_add(&m, STR("b")), 0);
	assert_int_equal(idmap_add(&m, STR("")), 2);
	assert_int_equal(idmap_add(&m, (struct str){ "b\0", 2 }), 3);
	assert_int_equal(idmap_find(&m, STR("")), 2);
	assert_int_equal(idmap_find(&m, STR("c")), IDMAP_NONE);
	assert_true(str_eq(idmap_id(&m, 1), STR("a")));
	assert_int_equal(m.n, 4);
	idmap_release(&m);
	assert_int_equal(m.n, 0);
}

/* Every length around the 4 and 8 byte steps of the hash, differing in one byte each. */
static void tells_apart_ids_that_differ_in_one_byte(void **state)
{
	(void)state;
	struct idmap m = IDMAP_INIT;
	char id[40];
	size_t expected = 0;
	for (size_t n = 1; n < sizeof id; n++)
		for (size_t at = 0; at < n; at++)
			for (int v = 1; v < 4; v++) {
				for (size_t i = 0; i < n; i++)
					id[i] = 'x';
				id[at] = (char)v;
				assert_int_equal(idmap_add(&m, (struct str){ id, n }), expected);
				expected++;
			}
	for (uint32_t i = 0; i < m.n; i++)
		assert_int_equal(idmap_find(&m, idmap_id(&m, i)), i);
	idmap_release(&m);
}

static void keeps_many_ids(void **state)
{
	(void)state;
	enum { N = 200000 };
	struct idmap m = IDMAP_INIT;
	char id[32];
	for (uint32_t i = 0; i < N; i++) {
		size_t n = (size_t)snprintf(id, sizeof id, "%u", i * 7919u);
		assert_int_equal(idmap_add(&m, (struct str){ id, n }), i);
	}
	assert_true(m.n_slots >= N + N / 2);
	for (uint32_t i = 0; i < N; i++) {
		size_t n = (size_t)snprintf(id, sizeof id, "%u", i * 7919u);
		assert_int_equal(idmap_find(&m, (struct str){ id, n }), i);
	}
	idmap_release(&m);
}

/* Consecutive numbers, the usual ids, must not pile up: a chance collision of 32 low bits in 100,000 ids is rare. */
static void the_hash_spreads_consecutive_numbers(void **state)
{
	(void)state;
	enum { N = 100000, BUCKETS = 1 << 17 };
	unsigned char *low = mem_zalloc(BUCKETS, 1), *high = mem_zalloc(BUCKETS, 1);
	size_t hit_low = 0, hit_high = 0;
	char id[32];
	for (unsigned i = 0; i < N; i++) {
		uint64_t h = idmap_hash((struct str){ id, (size_t)snprintf(id, sizeof id, "%u", i) });
		hit_low += !low[h % BUCKETS]++;
		hit_high += !high[h >> 47]++;
	}
	/* expected: BUCKETS * (1 - exp(-N / BUCKETS)) = 69,943, standard deviation 137 */
	assert_in_range(hit_low, 69300, 70600);
	assert_in_range(hit_high, 69300, 70600);
	mem_free(low);
	mem_free(high);
}

static void ranks_in_byte_order(void **state)
{
	(void)state;
	struct idmap m = IDMAP_INIT;
	uint32_t rank[5];
	idmap_add(&m, STR("b"));
	idmap_add(&m, STR("10"));
	idmap_add(&m, STR("9"));
	idmap_add(&m, STR("\xc3\xa9"));
	idmap_add(&m, STR("1"));
	idmap_rank(&m, rank);
	assert_int_equal(rank[0], 3);
	assert_int_equal(rank[1], 1);
	assert_int_equal(rank[2], 2);
	assert_int_equal(rank[3], 4);
	assert_int_equal(rank[4], 0);
	idmap_release(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_by_first_appearance),
		cmocka_unit_test(tells_apart_ids_that_differ_in_one_byte),
		cmocka_unit_test(keeps_many_ids),
		cmocka_unit_test(the_hash_spreads_consecutive_numbers),
		cmocka_unit_test(ranks_in_byte_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
