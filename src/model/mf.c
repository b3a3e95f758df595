/* mf.c: the class of biased matrix factorisation: options, prediction, ranking; see mf.h for the other files. */
#include "model/mf.h"
#include "base/mem.h"
#include "base/numbers.h"
#include "model/params.h"
#include "model/why.h"

#include <math.h>
#include <string.h>

enum { MAX_WIDTH = 1 << 20 };

#define AT(member) offsetof(struct mf_options, member)

/* What is 0 here is set by the solver (see defaults). */
static const struct opt options[] = {
	{ .name = "factors", .letter = 'k', .type = OPT_SIZE, .offset = AT(factors), .value = "N", .preset = "32",
	  .min = 1, .max = 4096, .search = { 8, 128, true }, .help = "factors a user and an item" },
	{ .name = "solver", .type = OPT_CHOICE, .offset = AT(solver), .preset = "vb", .choices = "vb|als|sgd",
	  .help = "vb: least error, hardly any tuning; als: plain least squares; sgd: fastest, and the one for logistic" },
	{ .name = "epochs", .type = OPT_SIZE, .offset = AT(epochs), .value = "N", .preset = "0", .max = 100000,
	  .help = "passes over the events at most; 0: by the solver (vb 20, als 10, sgd 20)" },
	{ .name = "loss", .type = OPT_CHOICE, .offset = AT(loss), .preset = "mse", .choices = "mse|logistic",
	  .help = "mse: ratings; logistic: the chance of a like (with sgd)" },
	{ .name = "reg", .type = OPT_REAL, .offset = AT(reg), .value = "X", .preset = "-1", .min = -1, .max = 1e9,
	  .search = { 0.3, 10, true }, .help = "ridge of factors; negative: by the solver (vb 2.5, als 4, sgd 0.7)" },
	{ .name = "reg-bias", .type = OPT_REAL, .offset = AT(reg_bias), .value = "X", .preset = "-1", .min = -1,
	  .max = 1e9, .search = { 0.03, 10, true },
	  .help = "ridge of biases; negative: by the solver (vb 1, als 1, sgd 0.1)" },
	{ .name = "reg-power", .type = OPT_REAL, .offset = AT(reg_power), .value = "A", .preset = "-1", .min = -1, .max = 1,
	  .search = { 0, 1, false },
	  .help = "a row with n events has n^A times the ridge; negative: by the solver (vb 0.25, als 0.25, sgd 0.6)" },
	{ .name = "spread", .type = OPT_REAL, .offset = AT(spread), .value = "X", .preset = "0.1", .min = 0, .max = 10,
	  .above_min = true, .help = "standard deviation of start factors" },
	{ .name = "rate", .type = OPT_REAL, .offset = AT(rate), .value = "X", .preset = "0.05", .min = 0, .max = 100,
	  .above_min = true, .when = "solver=sgd",
	  .help = "step in the first epoch, falling linearly towards 0 after the last" },
	{ .name = "optimizer", .type = OPT_CHOICE, .offset = AT(optimizer), .preset = "plain", .choices = "plain|adam",
	  .when = "solver=sgd", .help = "plain steps, or Adam's" },
	{ .name = "like", .type = OPT_REAL, .offset = AT(like), .value = "X", .preset = "4", .min = -1e30, .max = 1e30,
	  .when = "loss=logistic", .help = "a rating of at least X is a like; without ratings every event is one" },
	{ .name = "negatives", .type = OPT_SIZE, .offset = AT(negatives), .value = "N", .preset = "0", .max = 1000,
	  .when = "loss=logistic", .help = "items drawn at random as dislikes for each like, anew each epoch" },
	{ .name = "caution", .type = OPT_REAL, .offset = AT(caution), .value = "X", .preset = "2", .min = 0, .max = 1000,
	  .when = "loss=mse",
	  .help = "a ranking takes X times the uncertainty of an item's bias off its score; 0: ranks by predicted ratings" },
	{ .name = "update-rounds", .type = OPT_SIZE, .offset = AT(update_rounds), .value = "N", .preset = "2", .min = 1,
	  .max = 1000, .help = "--update: alternations between the users and the items that new events touch" },
};

static int configure(struct model *m, struct err *e)
{
	struct mf_options *o = m->options;
	static const struct {
		size_t epochs;
		double reg, reg_bias, reg_power;
	} defaults[] = { [MF_VB] = { 20, 2.5, 1, 0.25 }, [MF_ALS] = { 10, 4, 1, 0.25 }, [MF_SGD] = { 20, 0.7, 0.1, 0.6 } };
	o->epochs = o->epochs ? o->epochs : defaults[o->solver].epochs;
	o->reg = o->reg >= 0 ? o->reg : defaults[o->solver].reg;
	o->reg_bias = o->reg_bias >= 0 ? o->reg_bias : defaults[o->solver].reg_bias;
	o->reg_power = o->reg_power >= 0 ? o->reg_power : defaults[o->solver].reg_power;
	if (o->solver == MF_VB && o->reg == 0)
		return err_usage(e, "--solver vb needs a --reg above 0: it is the variance of the prior");
	if (o->loss == MF_LOGISTIC && o->solver != MF_SGD)
		return err_usage(e, "--loss logistic needs --solver sgd");
	if (o->loss == MF_LOGISTIC)
		m->flags &= ~(unsigned)MODEL_RATES;
	return 0;
}

static size_t factors(const struct model *m)
{
	return ((const struct mf_options *)m->options)->factors;
}

static size_t variances(const struct model *m)
{
	return ((const struct mf_options *)m->options)->solver == MF_VB ? factors(m) : 0;
}

static size_t doubts(const struct model *m)
{
	return ((const struct mf_options *)m->options)->loss == MF_MSE;
}

static size_t user_prior(const struct model *m)
{
	return mf_half_of(m, true)->width ? factors(m) + 1 : 0;
}

static size_t item_prior(const struct model *m)
{
	return mf_half_of(m, false)->width ? factors(m) + 1 : 0;
}

static size_t user_map(const struct model *m)
{
	size_t width = mf_half_of(m, true)->width;
	return width ? (width + 1) * (factors(m) + 1) : 0;
}

static size_t item_map(const struct model *m)
{
	size_t width = mf_half_of(m, false)->width;
	return width ? (width + 1) * (factors(m) + 1) : 0;
}

static double spread(const struct model *m)
{
	return ((const struct mf_options *)m->options)->spread * sqrt((double)mf_scale(m));
}

#define IN(member) offsetof(struct mf_state, member)

static const struct param params[] = {
	{ "mf.mean", DT_F32, IN(mean), PARAM_ONE, NULL, NULL },
	{ "mf.noise", DT_F32, IN(noise), PARAM_ONE, NULL, NULL },
	{ "mf.user_bias", DT_F32, IN(user.bias), PARAM_USERS, NULL, NULL },
	{ "mf.item_bias", DT_F32, IN(item.bias), PARAM_ITEMS, NULL, NULL },
	{ "mf.user_factors", DT_F32, IN(user.factors), PARAM_USERS, factors, spread },
	{ "mf.item_factors", DT_F32, IN(item.factors), PARAM_ITEMS, factors, spread },
	{ "mf.user_variance", DT_F32, IN(user.variance), PARAM_USERS, variances, NULL },
	{ "mf.item_variance", DT_F32, IN(item.variance), PARAM_ITEMS, variances, NULL },
	{ "mf.item_doubt", DT_F32, IN(item.doubt), PARAM_ITEMS, doubts, NULL },
	{ "mf.user_prior", DT_F32, IN(user.prior), PARAM_USERS, user_prior, NULL },
	{ "mf.item_prior", DT_F32, IN(item.prior), PARAM_ITEMS, item_prior, NULL },
	{ "mf.user_map", DT_F32, IN(user.map), PARAM_ONE, user_map, NULL },
	{ "mf.item_map", DT_F32, IN(item.map), PARAM_ONE, item_map, NULL },
};

static void save(const struct model *m, struct tensor_writer *w)
{
	for (int users = 0; users < 2; users++) {
		char *width = mem_printf("%zu", mf_half_of(m, users)->width);
		tensor_writer_meta(w, users ? "mf.user_width" : "mf.item_width", width);
		mem_free(width);
	}
}

static int load(struct model *m, const struct tensorfile *t, struct err *e)
{
	struct mf_state *s = m->state;
	for (int users = 0; users < 2; users++) {
		const char *key = users ? "mf.user_width" : "mf.item_width", *text = tensorfile_meta(t, key);
		uint64_t width;
		if (!text || !num_parse_u64(str_of(text), &width) || width > MAX_WIDTH)
			return err_data(e, "%s: metadata \"%s\" is missing or no width of vectors", tensorfile_name(t), key);
		*(users ? &s->user.width : &s->item.width) = width;
	}
	return 0;
}

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
	bool logistic = ((const struct mf_options *)p->m->options)->loss == MF_LOGISTIC;
	block_range(p->n, PAIR_BLOCK, block, &from, &to);
	for (size_t i = from; i < to; i++) {
		uint32_t user = p->user[i], item = p->item[i];
		float z = *s->mean + (user == IDMAP_NONE ? 0 : s->user.bias[user]) +
			  (item == IDMAP_NONE ? 0 : s->item.bias[item]);
		for (size_t k = 0; user != IDMAP_NONE && item != IDMAP_NONE && k < K; k++)
			z += s->user.factors[user * K + k] * s->item.factors[item * K + k];
		p->out[i] = logistic ? 1 / (1 + expf(-z)) : model_clip(p->m, z);
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

/* z(u,i) less the caution as a dot product: (p_u, 1, mu + b_u) . (q_i, b_i - caution doubt_i, 1). */
static size_t dot_width(const struct model *m)
{
	return factors(m) + 2;
}

/* A user of the model has a row; an unknown one is solved from the events that come with the query. */
static void prepare(const struct model *m, const struct query *q, size_t n_q, float *scratch)
{
	const struct mf_state *s = m->state;
	size_t K = factors(m);
	float *work = NULL;
	bool logistic = ((const struct mf_options *)m->options)->loss == MF_LOGISTIC;
	struct mf_rows side = mf_rows_of(m, true);
	for (size_t k = 0; k < n_q; k++) {
		float *x = scratch + k * (K + 2), bias;
		if (q[k].user != IDMAP_NONE) {
			memcpy(x, s->user.factors + q[k].user * K, K * sizeof *x);
			bias = s->user.bias[q[k].user];
		} else {
			work = work ? work : MEM_NEW(mf_solve_floats(K) + K + 1, float);
			if (logistic)
				mf_logistic_user(m, q[k].n, q[k].item, q[k].rating, work);
			else
				mf_solve_row(&side, q[k].n, q[k].item, q[k].rating, NULL, work, NULL, work + K + 1);
			memcpy(x, work, K * sizeof *x);
			bias = work[K];
		}
		x[K] = 1;
		x[K + 1] = *s->mean + bias;
	}
	mem_free(work);
}

static void item_vectors(const struct model *m, size_t i0, size_t i1, float *out)
{
	const struct mf_state *s = m->state;
	size_t K = factors(m);
	float caution = (float)((const struct mf_options *)m->options)->caution;
	for (size_t i = i0; i < i1; i++, out += K + 2) {
		memcpy(out, s->item.factors + i * K, K * sizeof *out);
		out[K] = s->item.bias[i] - (s->item.doubt ? caution * s->item.doubt[i] : 0);
		out[K + 1] = 1;
	}
}

static float cosine(size_t K, const float *x, const float *y)
{
	float xy = 0, xx = 0, yy = 0;
	for (size_t k = 0; k < K; k++) {
		xy += x[k] * y[k];
		xx += x[k] * x[k];
		yy += y[k] * y[k];
	}
	return xx > 0 && yy > 0 ? xy / sqrtf(xx * yy) : 0;
}

/* What the user liked, that is rated no lower than their mean, and how near it lies to each item. */
static void why(const struct model *m, const struct query *q, const uint32_t *item, size_t n, size_t most,
		struct reason *out, size_t *n_out)
{
	const struct csr *h = &m->history;
	const struct mf_half *items = mf_half_of(m, false);
	size_t from = q->user < h->n_rows ? h->start[q->user] : 0, K = factors(m);
	size_t n_events = q->user < h->n_rows ? h->start[q->user + 1] - from : q->user == IDMAP_NONE ? q->n : 0;
	const uint32_t *event = q->user == IDMAP_NONE ? q->item : h->column + from;
	const float *rating = q->user == IDMAP_NONE ? q->rating : h->value + from;
	struct reason *reason = MEM_NEW(n_events, struct reason);
	double mean = 0;
	for (size_t k = 0; k < n_events; k++)
		mean += (double)rating[k] / (double)n_events;
	for (size_t i = 0; i < n; i++) {
		size_t n_reasons = 0;
		for (size_t k = 0; k < n_events; k++)
			if ((double)rating[k] >= mean - 1e-6)
				reason[n_reasons++] = (struct reason){ event[k], cosine(K, items->factors + item[i] * K,
										     items->factors + event[k] * K) };
		n_reasons = reasons_settle(reason, n_reasons);
		n_out[i] = n_reasons < most ? n_reasons : most;
		memcpy(out + i * most, reason, n_out[i] * sizeof *out);
	}
	mem_free(reason);
}

static const struct learner *learner_of(const struct model *m)
{
	const struct mf_options *o = m->options;
	return o->solver != MF_SGD ? &mf_als : o->loss == MF_MSE ? &mf_sgd : &mf_sgd_logistic;
}

static size_t max_epochs(const struct model *m)
{
	return ((const struct mf_options *)m->options)->epochs;
}

const struct model_class model_mf = {
	.part = {
		.name = "mf",
		.summary = "biased matrix factorisation",
		.help = "r(u,i) = mu + b_u + b_i + p_u . q_i, held to the range of the training ratings. All solvers minimise\n"
			"    sum (r - r(u,i))^2 + sum_u n_u^A (reg |p_u|^2 + reg-bias b_u^2) + the same over items,\n"
			"n_u being the user's events and A --reg-power (0: plain ridge; 1: Zhou's weighted lambda). Options are for\n"
			"ratings from 1 to 5: on another scale reg, rate and spread are adapted by (max - min) / 4.\n"
			"  vb   alternating exact solutions in which a factor is a normal distribution, so that a row learns less\n"
			"       from rows that are uncertain themselves (variational Bayes). Least error, steady in its options.\n"
			"  als  the same with plain numbers.\n"
			"  sgd  stochastic gradient descent over a fixed grid of blocks: the fastest by far, and as good\n"
			"       where its options fit the data.\n"
			"The expected rmse that vb and als tell of an epoch is the error on the training ratings, with what is uncertain in\n"
			"vb's factors: sqrt(mean((r - z)^2 + Var z)), Var z being 0 for als.\n"
			"A prediction is the best guess, but a ranking by guesses is led by items that one or two people loved. So\n"
			"rankings go by a lower bound instead: r(u,i) - caution sqrt(noise / (n_i + n_i^A reg-bias)), noise being the\n"
			"mean squared error in training, n_i the item's events. The score of recommend is this bound, evaluate's errors are\n"
			"those of r(u,i).\n"
			"\n"
			"--loss logistic (with sgd) gives the chance of a like, 1 / (1 + exp(-z)), from ratings cut at --like, or\n"
			"from events without ratings with --negatives drawn at random. It ranks; it predicts no ratings.\n"
			"\n"
			"With --items or --users EMB a ridge map from text vectors to factors and biases is fitted to trained rows\n"
			"(weights n / (n + 20), strength of each factor by leave-one-out). Its values are the prior means of the rows:\n"
			"what has few events stays near what its text says, and an id that only the embedding file has is exactly that. An id\n"
			"with neither events nor a vector has zeros: the prediction is mu plus the other side's bias. A query by an\n"
			"unknown user with events of their own is solved for them.\n"
			"\n"
			"--update solves the users and items that new events touch exactly, on their whole history, in\n"
			"--update-rounds rounds; no other row moves. Its cost is that of the histories of those rows. With the\n"
			"logistic loss a row is solved by rounds of quadratic bounds, on its history and as many negatives as training\n"
			"gives it, and the mean loss on the new events before and after is told.\n"
			"\n"
			"Koren, Bell and Volinsky, \"Matrix factorization techniques for recommender systems\", Computer 2009;\n"
			"Zhou et al., \"Large-scale parallel collaborative filtering for the Netflix prize\", AAIM 2008 (als);\n"
			"Lim and Teh, \"Variational Bayesian approach to movie rating prediction\", KDD Cup 2007 (vb);\n"
			"Gemulla et al., \"Large-scale matrix factorization with distributed SGD\", KDD 2011 (sgd);\n"
			"Boehning and Lindsay, \"Monotonicity of quadratic-approximation algorithms\", AISM 1988 (logistic updates);\n"
			"Agarwal and Chen, \"Regression-based latent factor models\", KDD 2009 (text maps).",
		.options = options,
		.n_options = sizeof options / sizeof *options,
		.options_size = sizeof(struct mf_options),
	},
	.flags = MODEL_RATES | MODEL_USES_ITEMS | MODEL_USES_USERS | MODEL_UPDATES | MODEL_FOLDS_IN,
	.state_size = sizeof(struct mf_state),
	.params = params,
	.n_params = sizeof params / sizeof *params,
	.configure = configure,
	.learner = learner_of,
	.max_epochs = max_epochs,
	.update = mf_update,
	.save = save,
	.load = load,
	.predict = predict,
	.prepare_floats = dot_width,
	.prepare = prepare,
	.dot_width = dot_width,
	.item_vectors = item_vectors,
	.why = why,
};
