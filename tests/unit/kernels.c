/* linalg/kernels.h and linalg/blas.h: all levels give the same bits, and those are right. */
#include "unit.h"

#include "base/rng.h"
#include "linalg/blas.h"
#include "linalg/kernels.h"

#include <math.h>

enum { MAX_N = 80, ROWS = 37 };

static void fill(float *v, size_t n, uint64_t stream)
{
	struct rng r;
	rng_init(&r, 7, stream);
	for (size_t i = 0; i < n; i++)
		v[i] = (float)rng_normal(&r);
}

/* A system of n unknowns through every kernel of a level; out gets all results, one behind the other. */
static size_t system_of(const struct kernels *k, size_t n, float *out)
{
	static float x[ROWS * MAX_N], t[ROWS], A[MAX_N * MAX_N], sum[MAX_N], b[MAX_N], y[MAX_N], W[MAX_N * MAX_N], d[MAX_N];
	size_t at = 0;
	fill(x, ROWS * n, 1);
	fill(t, ROWS, 2);
	memset(A, 0, sizeof A);
	memset(sum, 0, sizeof sum);
	memset(b, 0, sizeof b);
	k->normal(n, ROWS, x, t, A, sum, b);
	for (size_t i = 0; i < n; i++) {
		A[i * n + i] += 3;
		for (size_t j = i; j < n; j++)
			out[at++] = A[i * n + j];
		out[at++] = sum[i];
		out[at++] = b[i];
	}
	assert_true(k->cholesky(A, n));
	k->solve(A, n, b, y);
	k->inverse_diagonal(A, n, d, W);
	for (size_t i = 0; i < n; i++) {
		out[at++] = b[i];
		out[at++] = d[i];
	}
	k->axpy(b, 0.3f, d, n);
	out[at++] = k->dot(b, sum, n);
	return at;
}

static void test_levels_agree(void **state)
{
	(void)state;
	static float expected[MAX_N * MAX_N], found[MAX_N * MAX_N];
	for (size_t n = 16; n <= MAX_N; n += 16) {
		size_t n_out = system_of(kernels_at(CPU_PORTABLE), n, expected);
		for (enum cpu_level level = CPU_AVX2; level <= cpu_level(); level++) {
			assert_int_equal(system_of(kernels_at(level), n, found), n_out);
			assert_memory_equal(found, expected, n_out * sizeof *found);
		}
	}
}

/* Against LAPACK in double. */
static void test_system_is_solved(void **state)
{
	(void)state;
	enum { N = 48 };
	static float x[ROWS * N], t[ROWS], A[N * N], sum[N], b[N], y[N], W[N * N], d[N];
	static double X[ROWS * N], B[N * N], c[N], inverse[N * N];
	const struct kernels *k = kernels_at(cpu_level());
	fill(x, ROWS * N, 1);
	fill(t, ROWS, 2);
	memset(A, 0, sizeof A);
	memset(sum, 0, sizeof sum);
	memset(b, 0, sizeof b);
	k->normal(N, ROWS, x, t, A, sum, b);
	for (size_t i = 0; i < ROWS * N; i++)
		X[i] = (double)x[i];
	blas_syrk_f64(N, ROWS, 1, X, N, 0, B, N);
	for (size_t i = 0; i < N; i++) {
		A[i * N + i] += 3;
		B[i * N + i] += 3;
		c[i] = 0;
		for (size_t r = 0; r < ROWS; r++)
			c[i] += X[r * N + i] * (double)t[r];
		assert_float_equal((double)b[i], c[i], 1e-4);
	}
	assert_true(k->cholesky(A, N));
	k->solve(A, N, b, y);
	k->inverse_diagonal(A, N, d, W);
	assert_true(blas_cholesky_f64(B, N, N));
	memcpy(inverse, B, sizeof B);
	blas_cholesky_solve_f64(B, N, N, c, 1);
	blas_cholesky_inverse_f64(inverse, N, N);
	for (size_t i = 0; i < N; i++) {
		assert_float_equal((double)b[i], c[i], 1e-4);
		assert_float_equal((double)d[i], inverse[i * N + i], 1e-5);
	}
}

static void test_not_positive_definite(void **state)
{
	(void)state;
	for (enum cpu_level level = CPU_PORTABLE; level <= cpu_level(); level++) {
		float A[16 * 16] = { 0 };
		for (size_t i = 0; i < 16; i++)
			A[i * 17] = i == 9 ? -1 : 1;
		assert_false(kernels_at(level)->cholesky(A, 16));
	}
	double B[4] = { 1, 0, 2, 1 };
	assert_false(blas_cholesky_f64(B, 2, 2));
}

/* ---- sgd ---- */

enum { USERS = 2, ITEMS = 3, EVENTS = 4 };

struct toy {
	float user[USERS * MAX_N], item[ITEMS * MAX_N], user_bias[USERS], item_bias[ITEMS];
	float user_reg[USERS], item_reg[ITEMS], user_reg_bias[USERS], item_reg_bias[ITEMS];
	struct sgd_task task;
};

static const struct sgd_event events[EVENTS] = { { 0, 1 }, { 2, 0 }, { 1, 1 }, { 0, 1 } };

static void toy_init(struct toy *t, size_t n, bool logistic)
{
	fill(t->user, USERS * n, 3);
	fill(t->item, ITEMS * n, 4);
	for (size_t k = 0; k < USERS * n; k++)
		t->user[k] *= 0.2f;
	fill(t->user_bias, USERS, 5);
	fill(t->item_bias, ITEMS, 6);
	for (size_t i = 0; i < ITEMS; i++) {
		t->item_reg[i] = 0.1f + 0.1f * (float)i;
		t->item_reg_bias[i] = 0.05f;
	}
	for (size_t u = 0; u < USERS; u++) {
		t->user_reg[u] = 0.2f;
		t->user_reg_bias[u] = 0.07f;
	}
	t->task = (struct sgd_task){ t->user, t->item, t->user_bias, t->item_bias, t->user_reg, t->item_reg, t->user_reg_bias,
				     t->item_reg_bias, 0.1f, 0.01f, 0.02f, logistic };
}

static void test_sgd_levels_agree(void **state)
{
	(void)state;
	static struct toy expected, found;
	for (size_t n = 16; n <= MAX_N; n += 16)
		for (int logistic = 0; logistic < 2; logistic++) {
			toy_init(&expected, n, logistic);
			double loss = kernels_at(CPU_PORTABLE)->sgd(&expected.task, n, 1, events, EVENTS);
			for (enum cpu_level level = CPU_AVX2; level <= cpu_level(); level++) {
				toy_init(&found, n, logistic);
				assert_true(kernels_at(level)->sgd(&found.task, n, 1, events, EVENTS) == loss);
				assert_memory_equal(&found, &expected, offsetof(struct toy, task));
			}
		}
}

/* Half the regularised loss of one event as a function of all parameters, in double. */
static double objective(const struct toy *t, size_t n, const struct sgd_event *e)
{
	double z = (double)t->task.mean + (double)t->user_bias[1] + (double)t->item_bias[e->item], ridge = 0;
	for (size_t k = 0; k < n; k++) {
		double p = (double)t->user[n + k], q = (double)t->item[e->item * n + k];
		z += p * q;
		ridge += (double)t->user_reg[1] * p * p + (double)t->item_reg[e->item] * q * q;
	}
	ridge += (double)t->user_reg_bias[1] * (double)t->user_bias[1] * (double)t->user_bias[1] +
		 (double)t->item_reg_bias[e->item] * (double)t->item_bias[e->item] * (double)t->item_bias[e->item];
	double y = (double)e->value, loss = 0.5 * (y - z) * (y - z);
	if (t->task.logistic)
		loss = -(y * z - log1p(exp(z)));
	return loss + 0.5 * ridge;
}

/* A step goes rate times down the gradient, which is found by finite differences. */
static void check_step(float *at, float after, float rate, struct toy *t, size_t n, const struct sgd_event *e)
{
	const float before = *at, h = 1e-2f;
	*at = before + h;
	double up = objective(t, n, e), width = (double)*at;
	*at = before - h;
	double down = objective(t, n, e);
	width -= (double)*at;
	*at = before;
	assert_float_equal((double)(before - after) / (double)rate, (up - down) / width, 2e-4);
}

static void test_sgd_follows_the_gradient(void **state)
{
	(void)state;
	static struct toy t, moved;
	for (size_t n = 16; n <= MAX_N; n += 32)
		for (int logistic = 0; logistic < 2; logistic++)
			for (size_t e = 0; e < EVENTS; e++) {
				toy_init(&t, n, logistic);
				toy_init(&moved, n, logistic);
				kernels_at(cpu_level())->sgd(&moved.task, n, 1, &events[e], 1);
				size_t item = events[e].item;
				for (size_t k = 0; k < n; k++) {
					check_step(&t.user[n + k], moved.user[n + k], 0.01f, &t, n, &events[e]);
					check_step(&t.item[item * n + k], moved.item[item * n + k], 0.01f, &t, n, &events[e]);
				}
				check_step(&t.user_bias[1], moved.user_bias[1], 0.02f, &t, n, &events[e]);
				check_step(&t.item_bias[item], moved.item_bias[item], 0.02f, &t, n, &events[e]);
			}
}

static void test_eigen(void **state)
{
	(void)state;
	double a[4] = { 2, 0, 1, 2 }, values[2];
	assert_true(blas_eigen_f64(a, 2, 2, values));
	assert_float_equal(values[0], 1, 1e-12);
	assert_float_equal(values[1], 3, 1e-12);
	assert_float_equal(fabs(a[2]), sqrt(0.5), 1e-12); /* rows are the vectors: (1, 1) / sqrt 2 for 3 */
	assert_float_equal(a[2], a[3], 1e-12);
	assert_float_equal(a[0], -a[1], 1e-12);
}

static void test_products(void **state)
{
	(void)state;
	const float a[6] = { 1, 2, 3, 4, 5, 6 }, b[6] = { 1, 0, 0, 1, 1, 1 };
	float c[4] = { 1, 1, 1, 1 };
	blas_gemm_f32(false, false, 2, 2, 3, 1, a, 3, b, 2, 2, c, 2);
	const float product[4] = { 1 + 3 + 2, 2 + 3 + 2, 4 + 6 + 2, 5 + 6 + 2 };
	assert_memory_equal(c, product, sizeof c);
	double d[4] = { 0 };
	const double e[4] = { 1, 2, 3, 4 };
	blas_gemm_f64(true, false, 2, 2, 2, 1, e, 2, e, 2, 0, d, 2);
	const double square[4] = { 10, 14, 14, 20 };
	assert_memory_equal(d, square, sizeof d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels_agree),
		cmocka_unit_test(test_system_is_solved),
		cmocka_unit_test(test_not_positive_definite),
		cmocka_unit_test(test_sgd_levels_agree),
		cmocka_unit_test(test_sgd_follows_the_gradient),
		cmocka_unit_test(test_eigen),
		cmocka_unit_test(test_products),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
