/* bias.c: the regularised means, which explain most of what there is to explain in ratings. */
#include "model/params.h"
#include "model/rows.h"

#include "base/mem.h"

struct bias_options {
	double reg_user, reg_item;
	size_t rounds;
};

struct bias_state {
	float *mean, *user_bias, *item_bias;
};

static const struct opt options[] = {
	{ .name = "reg-user", .type = OPT_REAL, .offset = offsetof(struct bias_options, reg_user), .value = "X",
	  .preset = "5", .min = 0, .max = 1e9, .search = { 0.3, 30, true },
	  .help = "ridge of user means: as if X more events lay at the mean" },
	{ .name = "reg-item", .type = OPT_REAL, .offset = offsetof(struct bias_options, reg_item), .value = "X",
	  .preset = "2", .min = 0, .max = 1e9, .search = { 0.3, 30, true }, .help = "ridge of item means" },
	{ .name = "rounds", .type = OPT_SIZE, .offset = offsetof(struct bias_options, rounds), .value = "N",
	  .preset = "10", .min = 1, .max = 1000, .help = "alternations between items and users" },
};

static const struct param params[] = {
	{ "bias.mean", DT_F32, offsetof(struct bias_state, mean), PARAM_ONE, NULL, NULL },
	{ "bias.user", DT_F32, offsetof(struct bias_state, user_bias), PARAM_USERS, NULL, NULL },
	{ "bias.item", DT_F32, offsetof(struct bias_state, item_bias), PARAM_ITEMS, NULL, NULL },
};

static int fit(struct model *m, const struct train_input *in, struct err *e)
{
	(void)e;
	const struct bias_options *o = m->options;
	struct bias_state *s = m->state;
	bias_fit(m, in->train, o->reg_user, o->reg_item, o->rounds, s->mean, s->user_bias, s->item_bias, in->pool);
	return 0;
}

static int update(struct model *m, const struct train_input *in, struct err *e)
{
	(void)e;
	const struct bias_options *o = m->options;
	struct bias_state *s = m->state;
	bias_update(m, in->train, o->reg_user, o->reg_item, o->rounds, *s->mean, s->user_bias, s->item_bias, in->pool);
	return 0;
}

static int predict(const struct model *m, const uint32_t *user, const uint32_t *item, size_t n, float *out,
		   struct pool *pool, struct err *e)
{
	(void)pool;
	(void)e;
	const struct bias_state *s = m->state;
	for (size_t i = 0; i < n; i++)
		out[i] = model_clip(m, *s->mean + (user[i] == IDMAP_NONE ? 0 : s->user_bias[user[i]]) +
					       (item[i] == IDMAP_NONE ? 0 : s->item_bias[item[i]]));
	return 0;
}

static size_t prepare_floats(const struct model *m)
{
	(void)m;
	return 1;
}

/* A user's bias; of a user unknown to the model from the events that come with the query. */
static void prepare(const struct model *m, const struct query *q, size_t n_q, float *scratch)
{
	const struct bias_options *o = m->options;
	const struct bias_state *s = m->state;
	for (size_t k = 0; k < n_q; k++) {
		scratch[k] = q[k].user == IDMAP_NONE ? 0 : s->user_bias[q[k].user];
		double sum = 0;
		for (size_t i = 0; q[k].user == IDMAP_NONE && i < q[k].n; i++)
			sum += (double)(q[k].rating[i] - *s->mean - s->item_bias[q[k].item[i]]);
		if (q[k].user == IDMAP_NONE && q[k].n)
			scratch[k] = (float)(sum / (o->reg_user + (double)q[k].n));
	}
}

static void score(const struct model *m, const struct query *q, size_t n_q, const float *scratch, size_t i0, size_t i1,
		  float *out, size_t ld)
{
	(void)q;
	const struct bias_state *s = m->state;
	for (size_t k = 0; k < n_q; k++)
		for (size_t i = i0; i < i1; i++)
			out[k * ld + (i - i0)] = *s->mean + scratch[k] + s->item_bias[i];
}

const struct model_class model_bias = {
	.part = {
		.name = "bias",
		.summary = "regularised global, user and item means",
		.help = "r(u,i) = mu + b_u + b_i, held to the range of the training ratings;\n"
			"mu is the mean rating, the biases minimise\n"
			"    sum (r - mu - b_u - b_i)^2 + reg-user sum b_u^2 + reg-item sum b_i^2\n"
			"by alternating ridge means. An unknown user or item has bias 0.\n"
			"--update solves the rows that new events touch on their whole history and leaves the others alone.\n"
			"Koren, \"Factor in the neighbors\", TKDD 2010, section 2.1 (baseline estimates).",
		.options = options,
		.n_options = sizeof options / sizeof *options,
		.options_size = sizeof(struct bias_options),
	},
	.flags = MODEL_RATES | MODEL_UPDATES | MODEL_FOLDS_IN,
	.state_size = sizeof(struct bias_state),
	.params = params,
	.n_params = sizeof params / sizeof *params,
	.fit = fit,
	.update = update,
	.predict = predict,
	.prepare_floats = prepare_floats,
	.prepare = prepare,
	.score = score,
};
