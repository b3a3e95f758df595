/* The whole network of seq, each of its arrays and losses, with and without dropout. */
#include "grad.h"
#include "base/mem.h"
#include "model/seq_net.h"

enum { R = 11, K = 4, N = 12 };
static struct seq_shape shape = { .d = 6, .inner = 10, .H = 2, .L = 2, .T = 5, .act = ACTIVATION_GELU, .rates = true };
static const size_t start_of[] = { 0, 5, 6, 9, N };
static const uint32_t token[N] = { SEQ_NONE, 3, 1, 0, 7, 2, 9, 3, 10, SEQ_NONE, 4, 4 };
static const uint32_t target[N] = { 3, 1, 0, 7, 5, 8, SEQ_NONE, 10, SEQ_NONE, 4, 4, 6 };
static const real rating[N] = { 0.5, -1, 0.25, 1.5, -0.5, 2, 9, 0, 9, -1.25, 0.75, 1 };
static const uint32_t had[] = { 4, 6, 3, 1, 0, 7, 5 }, had_too[] = { 9, 9, 4, 4, 6 };
static const struct seq_before before[] = { { had, 2 }, { had_too, 0 }, { had_too, 1 }, { had_too, 2 } };
static const uint32_t row_of[R] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 };
static const uint32_t negative[K] = { 0, 5, 5, 9 };

struct whole {
	struct seq_run *run;
	struct seq_batch batch;
	struct seq_loss loss;
	double p;
	real *w[SEQ_ARRAYS], *dw[SEQ_ARRAYS], *table, *dtable, *no_dw[SEQ_ARRAYS], *no_dtable;
};

static double learn(struct whole *x, real *const dw[SEQ_ARRAYS], real *dtable)
{
	struct rng rng;
	rng_init(&rng, 5, 6);
	return (double)x->loss.scale *
	       seq_learn(x->run, x->w, x->table, &x->batch, &x->loss, x->p, x->p > 0 ? &rng : NULL, dw, dtable);
}
static double loss(void *context)
{
	struct whole *x = context;
	return learn(x, x->no_dw, x->no_dtable);
}

static void check_all(enum seq_loss_kind kind, double p, bool unseen)
{
	static const real log_q[K] = { 0.3, -0.2, -0.2, 0.1 };
	static const real row_log_q[R] = { 0.3, 1, 0.5, 0, 0.1, -0.2, 0.2, 0.7, 0, 0.1, 0 };
	struct rng r;
	rng_init(&r, 1, kind);
	struct whole x = { .run = seq_run_new(&shape, N, R), .batch = { 4, start_of, token, target, rating, before }, .p = p,
			   .loss = { kind, 0.25, R, unseen ? row_of : NULL, K, negative, log_q, row_log_q, 0.6, 0.7 } };
	for (enum seq_array a = 0; a < SEQ_ARRAYS; a++) {
		size_t n = seq_array_size(&shape, a);
		x.w[a] = MEM_NEW(n, real);
		x.dw[a] = MEM_ZNEW(n, real);
		x.no_dw[a] = MEM_ZNEW(n, real);
		fill(&r, n, 0.5, x.w[a]);
	}
	x.table = MEM_NEW(R * shape.d, real);
	x.dtable = MEM_ZNEW(R * shape.d, real);
	x.no_dtable = MEM_ZNEW(R * shape.d, real);
	fill(&r, R * shape.d, 0.5, x.table);
	learn(&x, x.dw, x.dtable);
	check_gradient("table", loss, &x, x.table, R * shape.d, x.dtable);
	for (enum seq_array a = 0; a < SEQ_ARRAYS; a++) {
		char name[32];
		snprintf(name, sizeof name, "array %d, loss %d", (int)a, (int)kind);
		check_gradient(name, loss, &x, x.w[a], seq_array_size(&shape, a), x.dw[a]);
	}
	if (unseen) { /* who has had everything but the target has one choice, and nothing to learn */
		static const uint32_t all[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0, 1, 2, 3, 4 };
		static const struct seq_before everything[] = { { all, R }, { all, R }, { all, R }, { all, R } };
		x.batch.before = everything;
		x.loss.rating_weight = 0;
		assert_true(fabs(loss(&x)) < 1e-12);
		x.loss.row_of = NULL;
		assert_true(loss(&x) > 1);
	}
	for (enum seq_array a = 0; a < SEQ_ARRAYS; a++) {
		mem_free(x.w[a]);
		mem_free(x.dw[a]);
		mem_free(x.no_dw[a]);
	}
	mem_free(x.table);
	mem_free(x.dtable);
	mem_free(x.no_dtable);
	seq_run_free(x.run);
}

static void test_softmax(void **state)
{
	(void)state;
	check_all(SEQ_SOFTMAX, 0, false);
	check_all(SEQ_SOFTMAX, 0.3, false);
	check_all(SEQ_SOFTMAX, 0.3, true);
}
static void test_sampled(void **state)
{
	(void)state;
	check_all(SEQ_SAMPLED, 0, false);
	check_all(SEQ_BPR, 0, false);
	check_all(SEQ_GBCE, 0.2, false);
}

static void test_post(void **state)
{
	(void)state;
	shape.post = true;
	check_all(SEQ_SOFTMAX, 0, false);
	check_all(SEQ_SOFTMAX, 0.3, false);
	shape.post = false;
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_softmax), cmocka_unit_test(test_sampled),
					    cmocka_unit_test(test_post) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
