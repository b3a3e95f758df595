/* The ground floor: errors, buffers, memory, random numbers, threads. */
#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/threads.h"
#include "unit.h"

#include <errno.h>
#include <math.h>

static void test_err_codes_and_exit_statuses(void **state)
{
	(void)state;
	struct err e = { 0 };
	assert_int_equal(err_usage(&e, "--k takes %d", 3), ERR_USAGE);
	assert_string_equal(e.message, "--k takes 3");
	assert_int_equal(e.code, ERR_USAGE);
	assert_int_equal(err_at_line(&e, "-", 7, "rating \"%s\"", "a\nb"), ERR_DATA);
	assert_string_equal(e.message, "stdin:7: rating \"a?b\"");
	errno = ENOSPC;
	assert_int_equal(err_system(&e, "cannot write %s", "x"), ERR_SYSTEM);
	assert_string_equal(e.message, "cannot write x: No space left on device");
	assert_int_equal(err_prefix(&e, "model %s", "m"), ERR_SYSTEM);
	assert_string_equal(e.message, "model m: cannot write x: No space left on device");
	assert_int_equal(err_set(NULL, ERR_GATE, "nobody listens"), ERR_GATE);
	static const int status[][2] = { { 0, 0 },
				        { ERR_GATE, 1 }, { ERR_USAGE, 2 }, { ERR_DATA, 3 }, { ERR_SYSTEM, 4 }, { ERR_CLOSED, 0 } };
	for (size_t i = 0; i < sizeof status / sizeof *status; i++)
		assert_int_equal(err_exit_status(status[i][0]), status[i][1]);
}

static void test_a_long_message_is_cut(void **state)
{
	(void)state;
	struct err e = { 0 };
	char text[3000];
	memset(text, 'x', sizeof text);
	text[sizeof text - 1] = 0;
	err_data(&e, "%s", text);
	err_prefix(&e, "%s", text);
	errno = EIO;
	err_system(&e, "%s", text);
	err_at_line(&e, text, 1, "%s", text);
	assert_int_equal(strlen(e.message), sizeof e.message - 1);
}

static void test_buf_grows_and_ends_in_nul(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	assert_string_equal(buf_text(&b), "");
	for (int i = 0; i < 1000; i++)
		buf_putc(&b, (char)('a' + i % 26));
	buf_printf(&b, "[%s%0*d]", "n", 500, 7);
	buf_addstr(&b, STR("end"));
	assert_int_equal(b.n, 1000 + 503 + 3);
	assert_int_equal(b.data[b.n], 0);
	assert_int_equal(b.data[25], 'z');
	assert_string_equal(buf_text(&b) + b.n - 6, "07]end");
	buf_clear(&b);
	assert_string_equal(buf_text(&b), "");
	buf_release(&b);
	assert_null(b.data);
}

static void test_str_order_is_that_of_bytes(void **state)
{
	(void)state;
	assert_true(str_cmp(STR("a"), STR("b")) < 0);
	assert_true(str_cmp(STR("ab"), STR("a")) > 0);
	assert_true(str_cmp(STR("\xc3\xa9"), STR("z")) > 0);
	assert_true(str_cmp(STR(""), STR("")) == 0);
	assert_true(str_eq(STR("x\0y"), STR("x\0y")));
	assert_false(str_eq(STR("x\0y"), STR("x\0z")));
}

static void test_memory_is_aligned_and_kept_on_resize(void **state)
{
	(void)state;
	int *v = MEM_NEW(3, int);
	assert_int_equal((uintptr_t)v % 64, 0);
	for (int i = 0; i < 3; i++)
		v[i] = i;
	v = mem_resize(v, 3, 1000, sizeof *v);
	assert_int_equal(v[2], 2);
	v = mem_resize(v, 1000, 2, sizeof *v);
	assert_int_equal(v[1], 1);
	mem_free(v);
	void *nothing = mem_alloc(0, 8);
	assert_non_null(nothing);
	mem_free(nothing);
	char *text = mem_printf("%d-%s", 5, "x");
	assert_string_equal(text, "5-x");
	mem_free(text);
	assert_true(mem_grow(0, 1) >= 1 && mem_grow(100, 101) >= 150);
}

static void test_arena_blocks_do_not_overlap(void **state)
{
	(void)state;
	struct arena a = ARENA_INIT;
	unsigned char *p[200];
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < 200; i++) {
			p[i] = arena_alloc(&a, i * 37, 1);
			assert_int_equal((uintptr_t)p[i] % 64, 0);
			memset(p[i], (int)i, i * 37);
		}
		for (size_t i = 0; i < 200; i++)
			for (size_t k = 0; k < i * 37; k++)
				assert_int_equal(p[i][k], i);
		arena_reset(&a);
		assert_int_equal(a.n_bytes, 0);
	}
	assert_string_equal(arena_strdup(&a, "hello", 4), "hell");
	arena_release(&a);
	assert_null(a.head);
}

/* Reference words of xoshiro256++ for the state 1, 2, 3, 4, by its authors' C code. */
static void test_rng_is_xoshiro256pp(void **state)
{
	(void)state;
	struct rng r = { { 1, 2, 3, 4 } };
	static const uint64_t want[] = { 41943041u, 58720359u, 3588806011781223u, 3591011842654386u };
	for (size_t i = 0; i < sizeof want / sizeof *want; i++)
		assert_true(rng_u64(&r) == want[i]);
}

static void test_rng_streams_and_ranges(void **state)
{
	(void)state;
	struct rng a, b, c;
	rng_init(&a, 1, 0), rng_init(&b, 1, 0), rng_init(&c, 1, 1);
	assert_true(rng_u64(&a) == rng_u64(&b));
	assert_true(rng_u64(&a) != rng_u64(&c));
	size_t count[3] = { 0 };
	double sum = 0, square = 0;
	for (int i = 0; i < 30000; i++) {
		count[rng_below(&a, 3)]++;
		double u = rng_unit(&a), x = rng_normal(&a);
		assert_true(u >= 0 && u < 1);
		sum += x, square += x * x;
	}
	for (size_t i = 0; i < 3; i++)
		assert_in_range(count[i], 9700, 10300);
	assert_true(fabs(sum / 30000) < 0.02 && fabs(square / 30000 - 1) < 0.03);
	uint32_t v[50];
	for (uint32_t i = 0; i < 50; i++)
		v[i] = i;
	rng_shuffle_u32(&a, v, 50);
	uint64_t seen = 0;
	for (uint32_t i = 0; i < 50; i++)
		seen |= (uint64_t)1 << v[i];
	assert_true(seen == ((uint64_t)1 << 50) - 1);
}

enum { N = 100003, ROWS = 64 };

static void mark(void *context, size_t block, size_t worker)
{
	(void)worker;
	unsigned char *done = context;
	size_t from, to;
	block_range(N, ROWS, block, &from, &to);
	for (size_t i = from; i < to; i++)
		done[i]++;
}

static double add(void *context, size_t block, size_t worker)
{
	(void)context, (void)worker;
	return 1 / (1.0 + (double)block * (double)block * 0.1);
}

static void test_pool_runs_each_block_once_at_any_size(void **state)
{
	(void)state;
	unsigned char *done = MEM_NEW(N, unsigned char);
	double alone = pool_sum(NULL, 999, add, NULL);
	for (size_t threads = 1; threads <= 5; threads++) {
		struct pool *p = pool_new(threads);
		assert_int_equal(pool_size(p), threads);
		for (int round = 0; round < 20; round++) {
			memset(done, 0, N);
			pool_run(p, blocks_of(N, ROWS), mark, done);
			for (size_t i = 0; i < N; i++)
				if (done[i] != 1)
					fail_msg("row %zu was done %d times", i, done[i]);
		}
		pool_run(p, 0, mark, done);
		double sum = pool_sum(p, 999, add, NULL);
		assert_memory_equal(&sum, &alone, sizeof sum);
		pool_free(p);
	}
	pool_free(NULL);
	mem_free(done);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_err_codes_and_exit_statuses),
		cmocka_unit_test(test_a_long_message_is_cut),
		cmocka_unit_test(test_buf_grows_and_ends_in_nul),
		cmocka_unit_test(test_str_order_is_that_of_bytes),
		cmocka_unit_test(test_memory_is_aligned_and_kept_on_resize),
		cmocka_unit_test(test_arena_blocks_do_not_overlap),
		cmocka_unit_test(test_rng_is_xoshiro256pp),
		cmocka_unit_test(test_rng_streams_and_ranges),
		cmocka_unit_test(test_pool_runs_each_block_once_at_any_size),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
