/* Rating scales: the distinct values, and the threshold of a like. */
#include "metric/levels.h"
#include "unit.h"

static double like_of(const double *v, size_t n, size_t n_levels)
{
	static struct levels l;
	levels_init(&l);
	for (size_t i = 0; i < n; i++)
		levels_add(&l, v[i]);
	assert_int_equal(l.n, n_levels);
	for (size_t i = 1; i < l.n; i++)
		assert_true(l.v[i - 1] < l.v[i]);
	return levels_like(&l);
}

static void test_like_is_above_the_middle(void **state)
{
	(void)state;
	static const double stars[] = { 5, 3, 4, 1, 2, 4, 4 }, halves[] = { 0.5, 5, 3, 2.5 };
	static const double binary[] = { 1, 0 }, one[] = { 1, 1 }, negative[] = { -10, 10, 0, 0.5 };
	assert_true(like_of(stars, 7, 5) == 4);
	assert_true(like_of(halves, 4, 4) == 3);
	assert_true(like_of(binary, 2, 2) == 1);
	assert_true(like_of(one, 2, 1) == 1);
	assert_true(like_of(negative, 4, 4) == 0.5);
}

static void test_a_continuous_scale_has_no_levels(void **state)
{
	(void)state;
	static struct levels l;
	levels_init(&l);
	for (int i = LEVELS_MAX; i >= 0; i--)
		levels_add(&l, i);
	levels_add(&l, 3);
	assert_true(l.too_many);
	assert_int_equal(l.n, 0);
	assert_true(levels_like(&l) == LEVELS_MAX / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_like_is_above_the_middle),
		cmocka_unit_test(test_a_continuous_scale_has_no_levels),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
