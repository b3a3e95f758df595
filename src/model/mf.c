/* mf.c: the class of biased matrix factorisation: options, prediction, ranking; see mf.h for the other files. */
#include "model/mf.h"
#include "base/mem.h"
#include "linalg/blas.h"
#include "model/params.h"

#include <math.h>

static const struct opt options[] = {
	{ .name = "factors", .letter = 'k', .type = OPT_SIZE, .offset = offsetof(struct mf_options, factors), .value = "N",
	  .preset = "64", .min = 1, .max = 4096, .help = "factors a user and an item" },
	{ .name = "solver", .type = OPT_CHOICE, .offset = offsetof(struct mf_options, solver), .preset = "als",
	  .choices = "als|sgd", .help = "how to learn" },
	{ .name = "epochs", .type = OPT_SIZE, .offset = offsetof(struct mf_options, epochs), .value = "N",
	  .preset = "20", .min = 1, .max = 100000, .help = "passes over the events at most" },
	{ .name = "loss", .type = OPT_CHOICE, .offset = offsetof(struct mf_options, loss), .preset = "mse",
	  .choices = "mse|logistic", .help = "what to minimise" },
	{ .name = "reg", .type = OPT_REAL, .offset = offsetof(struct mf_options, reg), .value = "X", .preset = "5",
	  .min = 0, .max = 1e9, .help = "regularisation of factors" },
	{ .name = "reg-bias", .type = OPT_REAL, .offset = offsetof(struct mf_options, reg_bias), .value = "X",
	  .preset = "2", .min = 0, .max = 1e9, .help = "regularisation of biases" },
	{ .name = "reg-power", .type = OPT_REAL, .offset = offsetof(struct mf_options, reg_power), .value = "A",
	  .preset = "0", .min = 0, .max = 1, .help = "a row with n events is regularised n^A times as much" },
	{ .name = "spread", .type = OPT_REAL, .offset = offsetof(struct mf_options, spread), .value = "X",
	  .preset = "0.1", .min = 0, .max = 10, .above_min = true, .help = "standard deviation of start factors" },
};

static size_t factors(const struct model *m)
{
	return ((const struct mf_options *)m->options)->factors;
}

static double spread(const struct model *m)
{
	return ((const struct mf_options *)m->options)->spread;
}

static const struct param params[] = {
	{ "mf.mean", DT_F32, offsetof(struct mf_state, mean), PARAM_ONE, NULL, NULL },
	{ "mf.user_bias", DT_F32, offsetof(struct mf_state, user_bias), PARAM_USERS, NULL, NULL },
	{ "mf.item_bias", DT_F32, offsetof(struct mf_state, item_bias), PARAM_ITEMS, NULL, NULL },
	{ "mf.user_factors", DT_F32, offsetof(struct mf_state, user_factors), PARAM_USERS, factors, spread },
	{ "mf.item_factors", DT_F32, offsetof(struct mf_state, item_factors), PARAM_ITEMS, factors, spread },
};

enum { PAIR_BLOCK = 4096 };

struct pairs {
	const struct model *m;
	const uint32_t *user, *item;
	size_t n;
	float *out;
};

static void predict_block(void *context, size_t block, size_t worker)
{
	(void)worker;
	struct pairs *p = context;
	const struct mf_state *s = p->m->state;
	size_t from, to, K = factors(p->m);
	block_range(p->n, PAIR_BLOCK, block, &from, &to);
	for (size_t i = from; i < to; i++) {
		uint32_t user = p->user[i], item = p->item[i];
		float z = *s->mean + (user == IDMAP_NONE ? 0 : s->user_bias[user]) +
			  (item == IDMAP_NONE ? 0 : s->item_bias[item]);
		for (size_t k = 0; user != IDMAP_NONE && item != IDMAP_NONE && k < K; k++)
			z += s->user_factors[user * K + k] * s->item_factors[item * K + k];
		p->out[i] = model_clip(p->m, z);
	}
}

static int predict(const struct model *m, const uint32_t *user, const uint32_t *item, size_t n, float *out,
		   struct pool *pool, struct err *e)
{
	(void)e;
	struct pairs p = { m, user, item, n, out };
	pool_run(pool, blocks_of(n, PAIR_BLOCK), predict_block, &p);
	return 0;
}

/* Scratch of a query: its user's factors and bias. */
static size_t prepare_floats(const struct model *m)
{
	return factors(m) + 1;
}

static void prepare(const struct model *m, const struct query *q, size_t n_q, float *scratch)
{
	const struct mf_state *s = m->state;
	struct mf_side side = mf_side_of(m, true);
	size_t K = side.K;
	float *bias = scratch + n_q * K, *work = NULL;
	for (size_t k = 0; k < n_q; k++) {
		for (size_t f = 0; q[k].user != IDMAP_NONE && f < K; f++)
			scratch[k * K + f] = s->user_factors[q[k].user * K + f];
		if (q[k].user != IDMAP_NONE) {
			bias[k] = s->user_bias[q[k].user];
			continue;
		}
		work = work ? work : MEM_NEW(mf_solve_floats(K) + K + 1, float);
		mf_solve_row(&side, q[k].n, q[k].item, q[k].rating, work, work + K + 1);
		for (size_t f = 0; f < K; f++)
			scratch[k * K + f] = work[f];
		bias[k] = work[K];
	}
	mem_free(work);
}

static void score(const struct model *m, const struct query *q, size_t n_q, const float *scratch, size_t i0, size_t i1,
		  float *out, size_t ld)
{
	(void)q;
	const struct mf_state *s = m->state;
	size_t K = factors(m);
	const float *bias = scratch + n_q * K;
	for (size_t k = 0; k < n_q; k++)
		for (size_t i = i0; i < i1; i++)
			out[k * ld + (i - i0)] = *s->mean + bias[k] + s->item_bias[i];
	blas_gemm_f32(false, true, n_q, i1 - i0, K, 1, scratch, K, s->item_factors + i0 * K, K, 1, out, ld);
}

static const struct learner *learner_of(const struct model *m)
{
	(void)m;
	return &mf_als;
}

static size_t max_epochs(const struct model *m)
{
	return ((const struct mf_options *)m->options)->epochs;
}

const struct model_class model_mf = {
	.part = {
		.name = "mf",
		.summary = "biased matrix factorisation",
		.help = "r(u,i) = mu + b_u + b_i + p_u . q_i, held to the range of the training ratings.\n",
		.options = options,
		.n_options = sizeof options / sizeof *options,
		.options_size = sizeof(struct mf_options),
	},
	.flags = MODEL_RATES,
	.state_size = sizeof(struct mf_state),
	.params = params,
	.n_params = sizeof params / sizeof *params,
	.learner = learner_of,
	.max_epochs = max_epochs,
	.predict = predict,
	.prepare_floats = prepare_floats,
	.prepare = prepare,
	.score = score,
};
