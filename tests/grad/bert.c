/* The whole network of a BERT-class encoder, each of its arrays: everything learned, adapters, layers frozen, dropout; each
 * pooling. */
#include "grad.h"
#include "base/mem.h"
#include "encoder/bert_net.h"
#include "nn/fgm.h"
#include "nn/pooling.h"

enum { N = 13, TEXTS = 4, V = 9 };
static const size_t start_of[] = { 0, 5, 6, 9, N };
static const uint32_t token[N] = { 2, 3, 1, 0, 7, 2, 8, 3, 1, 5, 4, 4, 6 };
static const uint8_t type[N] = { 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 1 };

struct whole {
	struct bert_shape shape;
	struct bert_net *net;
	struct bert_batch batch;
	enum pooling pooling;
	double p;
	real *w[BERT_ARRAYS], *dw[BERT_ARRAYS], *run[BERT_ARRAYS];
	real weight[TEXTS * 6], shift[N * 6], dshift[N * 6];
};

/* The sum of weight * pooled vector; h is borrowed. */
static double forward(struct whole *x, const real **h)
{
	real pooled[6];
	double sum = 0;
	bert_net_merge(&x->shape, 0, x->w, x->run, NULL);
	*h = bert_net_forward(x->net, x->run, &x->batch, x->p, 11);
	for (size_t i = 0; i < TEXTS; i++) {
		pooling_forward(x->pooling, start_of[i + 1] - start_of[i], 6, *h + start_of[i] * 6, pooled);
		for (size_t k = 0; k < 6; k++)
			sum += pooled[k] * x->weight[i * 6 + k];
	}
	return sum;
}
static double loss(void *context)
{
	const real *h;
	return forward(context, &h);
}
static void learn(struct whole *x)
{
	const real *h;
	real dh[N * 6] = { 0 };
	forward(x, &h);
	for (size_t i = 0; i < TEXTS; i++)
		pooling_backward(x->pooling, start_of[i + 1] - start_of[i], 6, h + start_of[i] * 6, x->weight + i * 6,
				 dh + start_of[i] * 6);
	bert_net_backward(x->net, x->run, &x->batch, dh, x->dw);
}

static bool adapter(enum bert_array a)
{
	return a >= BERT_QKV_A;
}
static bool adapted(const struct bert_shape *s, enum bert_array a)
{
	return (s->rank && (a == BERT_QKV || a == BERT_OUT)) || (s->inner_rank && (a == BERT_UP || a == BERT_DOWN));
}

static void check_all(size_t rank, size_t inner_rank, size_t first, double p, enum pooling pooling, enum activation act)
{
	struct rng r;
	rng_init(&r, 3, rank);
	struct whole x = { .shape = { V, 7, 2, 6, 10, 2, 2, 1, act, 1e-5, rank, inner_rank, 0.7 }, .p = p, .pooling = pooling,
			   .batch = { TEXTS, start_of, token, type, NULL, x.shift, first ? NULL : x.dshift } };
	x.net = bert_net_new(&x.shape, N, 5, first, NULL);
	fill(&r, TEXTS * 6, 1, x.weight);
	fill(&r, N * 6, 0.2, x.shift);
	for (enum bert_array a = 0; a < BERT_ARRAYS; a++) {
		size_t n = bert_array_size(&x.shape, a);
		x.w[a] = MEM_NEW(n, real);
		x.run[a] = adapted(&x.shape, a) ? MEM_NEW(n, real) : x.w[a];
		x.dw[a] = MEM_ZNEW(n, real);
		fill(&r, n, 0.5, x.w[a]);
	}
	learn(&x);
	if (first == 0)
		check_gradient("shift", loss, &x, x.shift, N * 6, x.dshift);
	for (enum bert_array a = 0; a < BERT_ARRAYS; a++) {
		char name[64];
		size_t n = bert_array_size(&x.shape, a), below = bert_array_layered(a) ? first * n / 2 : first ? n : 0;
		snprintf(name, sizeof name, "array %d, rank %zu, first %zu, p %g", (int)a, rank, first, p);
		if (!adapted(&x.shape, a) && !(adapter(a) && n == 0))
			check_gradient(name, loss, &x, x.w[a] + below, n - below, x.dw[a]);
		for (size_t i = n - below; i < n; i++)
			assert_true(fabs(x.dw[a][i]) < 1e-30);
	}
	for (enum bert_array a = 0; a < BERT_ARRAYS; a++) {
		if (x.run[a] != x.w[a])
			mem_free(x.run[a]);
		mem_free(x.w[a]);
		mem_free(x.dw[a]);
	}
	bert_net_free(x.net);
}

/* The shift of each text has the length asked for and the direction of its gradient, however small that is. */
static void test_adversary(void **state)
{
	(void)state;
	enum { D = 6 };
	const real epsilon = 1e-5;
	real g[N * D], shift[N * D], zero[3] = { 0 }, none[3];
	double expected = 0;
	struct rng r;
	rng_init(&r, 1, 1);
	fill(&r, N * D, 1e-30, g);
	for (size_t i = 0; i < TEXTS; i++) {
		size_t at = start_of[i] * D, n = start_of[i + 1] * D - at;
		double squares = 0, product = 0;
		fgm_shift(n, epsilon, g + at, shift + at);
		for (size_t k = at; k < at + n; k++) {
			squares += shift[k] * shift[k];
			product += shift[k] * g[k];
			expected += g[k] * g[k];
		}
		assert_true(fabs(sqrt(squares) / epsilon - 1) < 1e-12);
		assert_true(product > 0 && fabs(product * product / (squares * expected) - 1) < 1e-12);
		expected = 0;
	}
	fgm_shift(3, epsilon, zero, none);
	assert_true(none[0] == 0 && none[1] == 0 && none[2] == 0);
}

static void test_full(void **state)
{
	(void)state;
	check_all(0, 0, 0, 0, POOLING_MEAN, ACTIVATION_GELU);
	check_all(0, 0, 0, 0.3, POOLING_CLS, ACTIVATION_GELU_TANH);
	check_all(0, 0, 0, 0, POOLING_MAX, ACTIVATION_GELU);
}
static void test_adapters(void **state)
{
	(void)state;
	check_all(2, 0, 0, 0, POOLING_MEAN, ACTIVATION_GELU);
	check_all(2, 3, 0, 0.2, POOLING_MEAN, ACTIVATION_GELU);
}
static void test_frozen(void **state)
{
	(void)state;
	check_all(0, 0, 1, 0.2, POOLING_MEAN, ACTIVATION_GELU);
	check_all(2, 0, 1, 0, POOLING_MEAN, ACTIVATION_GELU);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_adversary), cmocka_unit_test(test_full),
					    cmocka_unit_test(test_adapters), cmocka_unit_test(test_frozen) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
