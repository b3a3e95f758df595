/* mf_als.c: the solvers als and vb: all users by exact row solutions with the items fixed, then all items, and again.
 *
 * als: Zhou, Wilkinson, Schreiber and Pan, "Large-scale parallel collaborative filtering for the Netflix prize",
 * AAIM 2008. vb: the same with each factor a normal distribution instead of a number, so that a row learns less from
 * rows that are themselves uncertain: Lim and Teh, "Variational Bayesian approach to movie rating prediction", KDD Cup
 * workshop 2007, with the diagonal of a row's covariance handed on instead of the whole (K instead of K^2 numbers).
 *
 * Rows are independent, so the result does not depend on the threads. */
#include "base/mem.h"
#include "model/mf.h"
#include "model/rows.h"

#include <math.h>

struct als {
	struct csr by_user, by_item;
	double most_noise; /* the variance of the ratings */
};

static int begin(struct model *m, const struct train_input *in, void **work, struct err *e)
{
	const struct mf_options *o = m->options;
	struct mf_state *s = m->state;
	if (!m->has_rating)
		return err_usage(e, "the events have no rating column: learn from them with --solver sgd --loss logistic");
	struct als *a = *work = MEM_ZNEW(1, struct als);
	csr_by_user(&a->by_user, in->train, m->users.n);
	csr_by_item(&a->by_item, in->train, m->items.n);
	*s->mean = (float)csr_mean(&a->by_user, in->pool);
	*s->noise = 1;
	for (size_t i = 0; i < in->train->n; i++) {
		double d = (double)in->train->rating[i] - *s->mean;
		a->most_noise += d * d / (double)in->train->n;
	}
	for (size_t i = 0; s->item.variance && i < m->items.n * o->factors; i++)
		s->item.variance[i] = (float)(o->spread * o->spread);
	return 0;
}

enum { LOSS_BLOCK = 256 };

struct loss {
	const struct mf_state *state;
	const struct csr *by_user;
	size_t K;
};

/* Expected squared error of the events of a block of users. */
static double loss_block(void *context, size_t block, size_t worker)
{
	(void)worker;
	const struct loss *l = context;
	const struct mf_half *user = &l->state->user, *item = &l->state->item;
	const struct csr *c = l->by_user;
	size_t from, to, K = l->K;
	double sum = 0;
	block_range(c->n_rows, LOSS_BLOCK, block, &from, &to);
	for (size_t u = from; u < to; u++)
		for (size_t i = c->start[u]; i < c->start[u + 1]; i++) {
			size_t v = c->column[i];
			const float *p = user->factors + u * K, *q = item->factors + v * K;
			float z = 0, spread = 0;
			for (size_t k = 0; k < K; k++)
				z += p[k] * q[k];
			for (size_t k = 0; user->variance && k < K; k++)
				spread += user->variance[u * K + k] * (q[k] * q[k] + item->variance[v * K + k]) +
					  p[k] * p[k] * item->variance[v * K + k];
			double error = (double)(c->value[i] - *l->state->mean - user->bias[u] - item->bias[v] - z);
			sum += error * error + (double)spread;
		}
	return sum;
}

static int epoch(struct model *m, const struct train_input *in, void *work, size_t number, double *loss, struct err *e)
{
	(void)number;
	(void)e;
	struct als *a = work;
	struct mf_state *s = m->state;
	struct mf_rows side = mf_rows_of(m, true);
	mf_solve_rows(&side, &a->by_user, NULL, m->users.n, &s->user, in->pool);
	side = mf_rows_of(m, false);
	mf_solve_rows(&side, &a->by_item, NULL, m->items.n, &s->item, in->pool);
	struct loss l = { s, &a->by_user, ((const struct mf_options *)m->options)->factors };
	double mean = pool_sum(in->pool, blocks_of(m->users.n, LOSS_BLOCK), loss_block, &l) / (double)in->train->n;
	/* Rows with few events keep wide posteriors, which make for noise, which makes them wider: without a bound this
	 * runs away on sparse data. No noise is larger than the ratings themselves vary. */
	*s->noise = (float)(mean < a->most_noise ? mean : a->most_noise);
	*loss = sqrt(mean);
	return 0;
}

/* Entities without events are what their text says, or zeros. */
static void without_events(const struct csr *c, struct mf_half *h, size_t K)
{
	for (size_t row = 0; row < c->n_rows; row++) {
		if (c->start[row + 1] > c->start[row])
			continue;
		const float *prior = h->prior ? h->prior + row * (K + 1) : NULL;
		for (size_t k = 0; k < K; k++)
			h->factors[row * K + k] = prior ? prior[k] : 0;
		h->bias[row] = prior ? prior[K] : 0;
	}
}

void mf_doubt(struct model *m, const struct csr *c)
{
	const struct mf_options *o = m->options;
	struct mf_state *s = m->state;
	for (size_t i = 0; s->item.doubt && i < c->n_rows; i++) {
		double n = (double)(c->start[i + 1] - c->start[i]), most = (double)(m->rating_max - m->rating_min);
		double doubt = sqrt((double)*s->noise / (n + pow(n > 1 ? n : 1, o->reg_power) * o->reg_bias));
		s->item.doubt[i] = (float)(doubt < most ? doubt : most);
	}
}

static void settle_half(struct model *m, bool users, const struct train_input *in)
{
	const struct mf_options *o = m->options;
	struct mf_state *s = m->state;
	struct mf_half *half = users ? &s->user : &s->item;
	const struct idmap *ids = users ? &m->users : &m->items;
	struct csr c;
	if (users)
		csr_by_user(&c, in->train, ids->n);
	else
		csr_by_item(&c, in->train, ids->n);
	struct mf_text *text = mf_text_new(users ? in->users : in->items, ids, &c, in->pool);
	if (text) {
		mf_text_fit(text, half, ids->n, o->factors, in->log);
		struct mf_rows side = mf_rows_of(m, users);
		if (o->loss == MF_MSE)
			mf_solve_rows(&side, &c, NULL, c.n_rows, half, in->pool);
	}
	without_events(&c, half, o->factors);
	if (!users)
		mf_doubt(m, &c);
	mf_text_free(text);
	csr_release(&c);
}

/* Rounds of map and exact rows: each lets one side follow the other's text. Squared error after 1, 3, 5, 10 rounds: sample
 * .931 .879 .860 .845 (without text .972), ML-100K u1 with titles .8438 .8428 .8427 .8427 (.8457). */
enum { SETTLE_ROUNDS = 10 };

void mf_settle(struct model *m, const struct train_input *in)
{
	bool text = in->items || in->users, exact = ((const struct mf_options *)m->options)->loss == MF_MSE;
	for (int round = 0; round < (text && exact ? SETTLE_ROUNDS : 1); round++) {
		settle_half(m, false, in);
		settle_half(m, true, in);
	}
}

static int end(struct model *m, const struct train_input *in, void *work, bool failed, struct err *e)
{
	(void)e;
	struct als *a = work;
	csr_release(&a->by_user);
	csr_release(&a->by_item);
	mem_free(a);
	if (!failed)
		mf_settle(m, in);
	return 0;
}

const struct learner mf_als = { .begin = begin, .epoch = epoch, .end = end, .loss_name = "expected rmse",
				.remedy = "raise --reg" };
