/* The masked-language head behind the network it shares its words with, every array of both. */
#include "grad.h"
#include "base/mem.h"
#include "encoder/bert_net.h"
#include "encoder/mlm_net.h"

enum { N = 9, V = 11, D = 6, TARGETS = 4 };
static const size_t start_of[] = { 0, 4, 5, N };
static const uint32_t token[N] = { 2, 4, 7, 3, 2, 10, 4, 4, 3 };
static const uint32_t row[TARGETS] = { 1, 2, 6, 7 }, word[TARGETS] = { 5, 7, 9, 0 };

struct whole {
	struct bert_net *net;
	struct mlm_net *head;
	struct bert_batch batch;
	struct mlm_targets targets;
	real *w[BERT_ARRAYS], *dw[BERT_ARRAYS], *v[MLM_ARRAYS], *dv[MLM_ARRAYS];
};

static double loss(void *context)
{
	struct whole *x = context;
	return mlm_net_loss(x->head, x->v, x->w[BERT_WORDS], bert_net_forward(x->net, x->w, &x->batch, 0, 1), &x->targets) / 4;
}

static void make(struct rng *r, size_t n, real **x, real **dx)
{
	*x = MEM_NEW(n, real);
	*dx = MEM_ZNEW(n, real);
	fill(r, n, 0.5, *x);
}

static void test_whole(void **state)
{
	(void)state;
	struct rng r;
	rng_init(&r, 2, 1);
	struct bert_shape s = { V, 5, 2, D, 10, 2, 2, 0, ACTIVATION_GELU, 1e-5, 0, 0, 0 };
	struct mlm_shape m = { V, D, ACTIVATION_GELU, 1e-5 };
	struct whole x = { .net = bert_net_new(&s, N, 4, 0, NULL), .head = mlm_net_new(&m, NULL),
			   .batch = { 3, start_of, token, NULL, NULL, NULL, NULL }, .targets = { TARGETS, row, word } };
	real dh[N * D] = { 0 };
	for (enum bert_array a = 0; a < BERT_ARRAYS; a++)
		make(&r, bert_array_size(&s, a), &x.w[a], &x.dw[a]);
	for (enum mlm_array a = 0; a < MLM_ARRAYS; a++)
		make(&r, mlm_array_size(&m, a), &x.v[a], &x.dv[a]);
	const real *h = bert_net_forward(x.net, x.w, &x.batch, 0, 1);
	mlm_net_learn(x.head, x.v, x.w[BERT_WORDS], h, &x.targets, 0.25, x.dv, x.dw[BERT_WORDS], dh);
	bert_net_backward(x.net, x.w, &x.batch, dh, x.dw);
	for (enum bert_array a = 0; a <= BERT_NORM2; a++)
		check_gradient("network", loss, &x, x.w[a], bert_array_size(&s, a), x.dw[a]);
	for (enum mlm_array a = 0; a < MLM_ARRAYS; a++)
		check_gradient("head", loss, &x, x.v[a], mlm_array_size(&m, a), x.dv[a]);
	for (enum bert_array a = 0; a < BERT_ARRAYS; a++) {
		mem_free(x.w[a]);
		mem_free(x.dw[a]);
	}
	for (enum mlm_array a = 0; a < MLM_ARRAYS; a++) {
		mem_free(x.v[a]);
		mem_free(x.dv[a]);
	}
	bert_net_free(x.net);
	mlm_net_free(x.head);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_whole) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
