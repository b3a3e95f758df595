/* Steps against those of PyTorch 2.13's optimizers; schedules; clipping; lazy rows; many arrays. */
#include "unit.h"

#include "base/mem.h"
#include "nn/activation.h"
#include "nn/dropout.h"
#include "optim/arrays.h"
#include "optim/learning.h"

static void near_to(real x, double expected)
{
	if (!(fabs((double)x - expected) < 1e-6))
		fail_msg("%.9g, expected %.9g", (double)x, expected);
}

/* x = 1, -2; gradients x itself, three steps. */
static void three_steps(struct optim o, real *x)
{
	real m[2] = { 0 }, v[2] = { 0 };
	x[0] = 1;
	x[1] = -2;
	for (size_t t = 1; t <= 3; t++) {
		real dx[2] = { x[0], x[1] };
		optim_step(&o, t, 2, 1, dx, x, m, v);
	}
}

static void test_kinds(void **state)
{
	(void)state;
	real x[2];
	three_steps((struct optim){ .kind = OPTIM_SGD, .rate = 0.1, .momentum = 0.5 }, x);
	near_to(x[0], 0.614);
	near_to(x[1], -1.228);
	three_steps((struct optim){ .kind = OPTIM_ADAM, .rate = 0.1, .decay = 0.1,
				   .b1 = 0.9, .b2 = 0.999, .eps = 1e-8 }, x);
	near_to(x[0], 0.70158627);
	near_to(x[1], -1.70062339);
	three_steps((struct optim){ .kind = OPTIM_ADAMW, .rate = 0.1, .decay = 0.1,
				   .b1 = 0.9, .b2 = 0.999, .eps = 1e-8 }, x);
	near_to(x[0], 0.67510122);
	near_to(x[1], -1.64436868);
}

static void test_rows(void **state)
{
	(void)state;
	struct optim kinds[] = { { .kind = OPTIM_SGD, .rate = 0.1 },
				 { .kind = OPTIM_ADAMW, .rate = 0.1, .b1 = 0.9, .b2 = 0.999, .eps = 1e-8 } };
	for (size_t k = 0; k < 2; k++) {
		real x[6] = { 1, 2, 3, 4, 5, 6 }, m[6] = { 0 }, v[6] = { 0 }, dx[4] = { 1, 1, 1, 1 };
		const uint32_t row[2] = { 2, 0 };
		optim_step_rows(&kinds[k], 1, row, 2, 2, 1, dx, x, m, v);
		const double expected[6] = { 0.9, 1.9, 3, 4, 4.9, 5.9 };
		for (size_t i = 0; i < 6; i++)
			near_to(x[i], expected[i]);
	}
}

static void test_clip(void **state)
{
	(void)state;
	real dx[40];
	for (size_t i = 0; i < 40; i++)
		dx[i] = (real)i;
	double squares = 1;
	optim_squares(40, dx, &squares);
	assert_true(squares == 1 + 39. * 40 * 79 / 6);
	assert_true(optim_clip(16, 2) == 0.5);
	assert_true(optim_clip(16, 0) == 1);
	assert_true(optim_clip(16, 5) == 1);
}

/* Two steps of two arrays, the first longer than a block, as one call an array makes them. */
static void check_arrays(struct pool *pool)
{
	enum { LONG = 40000, N = LONG + 3 };
	struct optim rule = { .kind = OPTIM_ADAMW, .rate = 0.1, .decay = 0.2, .b1 = 0.9, .b2 = 0.999, .eps = 1e-8 };
	struct optim bare = rule;
	bare.decay = 0;
	real *x = MEM_NEW(N, real), *y = MEM_NEW(N, real), *dx = MEM_NEW(N, real), *m = MEM_ZNEW(N, real),
	     *v = MEM_ZNEW(N, real);
	for (size_t i = 0; i < N; i++)
		x[i] = y[i] = (real)(i % 7) - 3;
	struct optim_array list[] = { { y, LONG, true, 1 }, { y + LONG, 3, false, 0 } };
	struct optim_arrays *a = optim_arrays_new(list, 2, pool);
	for (size_t t = 1; t <= 2; t++) {
		double squares = 0;
		for (size_t i = 0; i < N; i++)
			dx[i] = (real)(i % 5) - (real)t;
		for (size_t i = 0; i < N; i++)
			optim_arrays_gradient(a, i >= LONG)[i < LONG ? i : i - LONG] += dx[i];
		optim_squares(N, dx, &squares);
		real factor = (real)optim_clip(squares, 1);
		optim_step(&rule, t, LONG, factor, dx, x, m, v);
		optim_step(&bare, t, 3, factor, dx + LONG, x + LONG, m + LONG, v + LONG);
		optim_arrays_step(a, &rule, t, 1);
	}
	assert_memory_equal(x, y, N * sizeof *x);
	optim_arrays_free(a);
	real *each[] = { x, y, dx, m, v };
	for (size_t i = 0; i < 5; i++)
		mem_free(each[i]);
}

static void test_arrays(void **state)
{
	(void)state;
	struct pool *pool = pool_new(3);
	check_arrays(NULL);
	check_arrays(pool);
	pool_free(pool);
}

static void test_schedule(void **state)
{
	(void)state;
	assert_true(optim_schedule(SCHEDULE_CONSTANT, 1, 10, 0) == 1);
	assert_true(optim_schedule(SCHEDULE_CONSTANT, 2, 10, 4) == 0.5);
	assert_true(optim_schedule(SCHEDULE_LINEAR, 5, 12, 4) == 1);
	assert_true(optim_schedule(SCHEDULE_LINEAR, 9, 12, 4) == 0.5);
	assert_true(fabs(optim_schedule(SCHEDULE_COSINE, 9, 12, 4) - 0.5) < 1e-12);
	assert_true(optim_schedule(SCHEDULE_LINEAR, 99, 12, 4) == 0);
}

/* What the options of a model make of a step: warm-up by a number of steps or by a part of them, the schedule after it. */
static void test_rule(void **state)
{
	(void)state;
	static const struct opt table[] = { LEARNING_RATE(0, "", .preset = "0.5"), LEARNING_STEPS(0, "linear", "0.5", "1") };
	struct learning l = { 0 };
	struct opt_group g = { "", table, sizeof table / sizeof *table, &l, NULL };
	struct err e;
	options_defaults(&g);
	struct optim rule = learning_rule(&l, 2, 8);
	assert_true(rule.kind == OPTIM_ADAMW && rule.rate == 0.25);
	assert_true(learning_rule(&l, 7, 8).rate == 0.25);
	assert_int_equal(options_set(&g, "warmup", "1", &e), 0);
	assert_int_equal(options_set(&g, "optimizer", "sgd", &e), 0);
	rule = learning_rule(&l, 1, 8);
	assert_true(rule.kind == OPTIM_SGD && rule.rate == 0.5 && rule.momentum == 0.9);
}

/* The f32 approximations against the mathematical library. */
static void test_functions(void **state)
{
	(void)state;
	for (float x = -87; x < 88; x += 0.01f)
		assert_true(fabs((double)nn_exp(x) / exp((double)x) - 1) < 3e-7);
	assert_true(nn_exp(-1e9f) < 1e-37f);
	assert_true(isnan(nn_exp(NAN)));
	for (float x = -6; x < 6; x += 0.001f)
		assert_true(fabs((double)nn_erf(x) - erf((double)x)) < 6e-7);
	real x[3] = { -1, 0, 2 }, y[3];
	activation_forward(ACTIVATION_GELU, 3, x, y);
	near_to(y[0], -0.158655254);
	near_to(y[2], 1.954499736);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds), cmocka_unit_test(test_rows), cmocka_unit_test(test_clip),
		cmocka_unit_test(test_arrays), cmocka_unit_test(test_schedule), cmocka_unit_test(test_rule),
		cmocka_unit_test(test_functions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
