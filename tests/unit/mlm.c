/* Masked-language learning: ten steps against Transformers' BertForMaskedLM (tests/ref/mlm); the same bytes at any number of
 * threads; many targets as few at a time. */
#include "unit.h"

#include "base/mem.h"
#include "base/rng.h"
#include "io/tensorfile.h"
#include "model/mlm_step.h"

#include <math.h>

static struct err e;
static const struct bert_shape shape = { .V = 50, .P = 12, .S = 2, .d = 24, .inner = 40, .H = 3, .L = 2,
					 .act = ACTIVATION_GELU, .eps = 1e-12 };
static const struct mlm_shape head_shape = { 50, 24, ACTIVATION_GELU, 1e-12 };
static const char *const names[] = { "words", "positions", "types", "norm", "qkv", "qkv_bias", "out", "out_bias", "norm1",
				     "up", "up_bias", "down", "down_bias", "norm2", "head.dense", "head.dense_bias",
				     "head.norm", "head.bias" };
enum { NET = BERT_NORM2 + 1, ALL = NET + MLM_ARRAYS, STEPS = 10 };

static float **array(struct mlm_weights *w, size_t i)
{
	return i < NET ? &w->net[i] : &w->head[i - NET];
}

static size_t size_of(size_t i)
{
	return i < NET ? bert_array_size(&shape, (enum bert_array)i) : mlm_array_size(&head_shape, (enum mlm_array)(i - NET));
}

static const void *data_of(const struct tensorfile *t, const char *prefix, const char *name, size_t *n)
{
	char full[64];
	snprintf(full, sizeof full, "%s%s", prefix, name);
	const struct tensor *x = tensorfile_find(t, full);
	if (!x)
		fail_msg("%s is not there", full);
	*n = x->n_bytes / dtype_bytes(x->dtype);
	return x->data;
}

static struct tensorfile *open_reference(void)
{
	struct tensorfile *t;
	char *path = mem_printf("%s/tests/ref/mlm/mlm.safetensors", getenv("R"));
	assert_code(tensorfile_open(&t, path, &e), 0, &e);
	mem_free(path);
	return t;
}

static struct mlm_weights start_values(const struct tensorfile *t)
{
	struct mlm_weights w = { { NULL }, { NULL } };
	for (size_t i = 0; i < ALL; i++) {
		size_t n;
		const float *x = data_of(t, "start/", names[i], &n);
		assert_int_equal(n, size_of(i));
		*array(&w, i) = mem_dup(x, n * sizeof *x);
	}
	return w;
}

static void release(struct mlm_weights *w)
{
	for (size_t i = 0; i < ALL; i++)
		mem_free(*array(w, i));
}

static struct mlm_batch batch_of(const struct tensorfile *t, size_t step)
{
	char prefix[16];
	struct mlm_batch b = { 0 };
	size_t n;
	snprintf(prefix, sizeof prefix, "%zu/", step);
	b.texts.start = data_of(t, prefix, "start", &n);
	b.texts.n_texts = n - 1;
	b.texts.token = data_of(t, prefix, "token", &n);
	b.targets.row = data_of(t, prefix, "row", &b.targets.n);
	b.targets.word = data_of(t, prefix, "word", &b.targets.n);
	return b;
}

/* All steps, the mean loss of each in out. */
static void learn(const struct tensorfile *t, struct mlm_weights *w, double p, struct pool *pool, double out[STEPS])
{
	struct optim rule = { .kind = OPTIM_ADAMW, .rate = 0.01, .decay = 0.1, .b1 = 0.9, .b2 = 0.999, .eps = 1e-5 };
	struct mlm_stepper *s = mlm_stepper_new(&shape, w, 64, 12, pool);
	for (size_t k = 0; k < STEPS; k++) {
		struct mlm_batch b = batch_of(t, k);
		out[k] = mlm_step(s, &b, &rule, k + 1, 0.5, p, k) / (double)b.targets.n;
	}
	mlm_stepper_free(s);
}

/* The biases of keys shift all scores of a query alike: their gradient is rounding, of which Adam makes whole steps. */
static bool idle(const char *name, size_t k)
{
	return !strcmp(name, "qkv_bias") && k % 72 / 24 == 1;
}

static void test_reference(void **state)
{
	(void)state;
	struct tensorfile *t = open_reference();
	struct mlm_weights w = start_values(t);
	double loss[STEPS], worst = 0;
	size_t n;
	learn(t, &w, 0, NULL, loss);
	const double *expected = data_of(t, "", "losses", &n);
	for (size_t k = 0; k < STEPS; k++)
		if (!(fabs(loss[k] / expected[k] - 1) < 1e-5))
			fail_msg("step %zu: loss %.9g, expected %.9g", k + 1, loss[k], expected[k]);
	for (size_t i = 0; i < ALL; i++) {
		const float *x = data_of(t, "end/", names[i], &n);
		for (size_t k = 0; k < n; k++)
			if (!idle(names[i], k))
				worst = fmax(worst, fabs((double)(*array(&w, i))[k] - (double)x[k]));
	}
	if (!(worst < 1e-5))
		fail_msg("parameters differ by %g", worst);
	release(&w);
	tensorfile_close(t);
}

static void test_threads(void **state)
{
	(void)state;
	struct tensorfile *t = open_reference();
	struct mlm_weights w[2];
	double loss[2][STEPS];
	for (size_t k = 0; k < 2; k++) {
		struct pool *pool = pool_new(1 + 2 * k);
		w[k] = start_values(t);
		learn(t, &w[k], 0.2, pool, loss[k]);
		pool_free(pool);
	}
	assert_memory_equal(loss[0], loss[1], sizeof loss[0]);
	for (size_t i = 0; i < ALL; i++)
		assert_memory_equal(*array(&w[0], i), *array(&w[1], i), size_of(i) * sizeof(float));
	release(&w[0]);
	release(&w[1]);
	tensorfile_close(t);
}

enum { V = 700, D = 8, TARGETS = 1100 };

static void fill(struct rng *r, size_t n, float *x)
{
	for (size_t i = 0; i < n; i++)
		x[i] = (float)(0.3 * rng_normal(r));
}

/* Loss and gradients (head, words, h, all in one run of floats) of the targets [0, TARGETS), `at_once` a call. */
static double in_parts(size_t at_once, float *gradient, struct pool *pool)
{
	const struct mlm_shape s = { V, D, ACTIVATION_GELU, 1e-12 };
	static float values[2 * V * D + V + 4 * D * D], h[TARGETS * D];
	uint32_t row[TARGETS], word[TARGETS];
	float *w[MLM_ARRAYS], *dw[MLM_ARRAYS];
	size_t at = 0;
	struct rng r;
	rng_init(&r, 1, 1);
	fill(&r, sizeof values / sizeof *values, values);
	fill(&r, TARGETS * D, h);
	for (enum mlm_array a = 0; a < MLM_ARRAYS; at += mlm_array_size(&s, a++)) {
		w[a] = values + at;
		dw[a] = gradient + at;
	}
	for (uint32_t i = 0; i < TARGETS; i++) {
		row[i] = TARGETS - 1 - i;
		word[i] = (uint32_t)rng_below(&r, V);
	}
	struct mlm_net *net = mlm_net_new(&s, pool);
	double loss = 0;
	for (size_t i = 0; i < TARGETS; i += at_once) {
		struct mlm_targets t = { TARGETS - i < at_once ? TARGETS - i : at_once, row + i, word + i };
		loss += mlm_net_learn(net, w, values + at, h, &t, 1, dw, gradient + at, gradient + at + V * D);
	}
	mlm_net_free(net);
	return loss;
}

static void test_parts(void **state)
{
	(void)state;
	enum { N = 2 * V * D + V + 4 * D * D + TARGETS * D };
	float *a = MEM_ZNEW(N, float), *b = MEM_ZNEW(N, float);
	struct pool *pool = pool_new(2);
	double whole = in_parts(TARGETS, a, pool), parts = in_parts(37, b, NULL);
	assert_true(fabs(whole / parts - 1) < 1e-6);
	for (size_t i = 0; i < N; i++)
		if (!(fabs((double)a[i] - (double)b[i]) < 2e-4 * (1 + fabs((double)a[i]))))
			fail_msg("value %zu: %g, in parts %g", i, (double)a[i], (double)b[i]);
	pool_free(pool);
	mem_free(a);
	mem_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_reference), cmocka_unit_test(test_threads),
					    cmocka_unit_test(test_parts) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
