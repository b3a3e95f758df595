/* tower_net.c: see tower_net.h. */
#include "model/tower_net.h"
#include "nn/activation.h"
#include "nn/dropout.h"
#include "nn/embedding.h"
#include "nn/linear.h"
#include "nn/losses.h"

/* ---- the towers ---- */

size_t tower_weight_at(const struct tower_shape *s, size_t l)
{
	size_t at = s->E * s->D;
	for (size_t k = 1; k < l; k++)
		at += (s->width[k - 1] + 1) * s->width[k];
	return at;
}

size_t tower_bias_at(const struct tower_shape *s, size_t l)
{
	return tower_weight_at(s, l) + s->width[l - 1] * s->width[l];
}

size_t tower_net_size(const struct tower_shape *s)
{
	return tower_weight_at(s, s->L + 1);
}

NN_BODY add_scaled_body(size_t n, real a, const real *x, real *y)
{
	for (size_t i = 0; i < n; i++)
		y[i] += a * x[i];
}
NN_STATIC(add_scaled, (size_t n, real a, const real *x, real *y), (n, a, x, y))

NN_BODY scale_body(size_t n, real a, real *x)
{
	for (size_t i = 0; i < n; i++)
		x[i] *= a;
}
NN_STATIC(scale, (size_t n, real a, real *x), (n, a, x))

/* y = 0 where x is not above 0, else a dy, in place. */
NN_BODY gate_body(size_t n, const real *x, real a, real *dy)
{
	for (size_t i = 0; i < n; i++)
		dy[i] = x[i] > 0 ? a * dy[i] : 0;
}
NN_STATIC(gate, (size_t n, const real *x, real a, real *dy), (n, x, a, dy))

NN_BODY keep_masked_body(size_t n, const uint8_t *mask, real a, real *x)
{
	for (size_t i = 0; i < n; i++)
		x[i] *= a * (real)mask[i];
}
NN_STATIC(keep_masked, (size_t n, const uint8_t *mask, real a, real *x), (n, mask, a, x))

/* Of the input of the last layer: the head mlp's 1 / sqrt(d). */
static real last_scale(const struct tower_shape *s)
{
	return s->head == TOWER_MLP ? 1 / real_sqrt((real)s->width[s->L - 1]) : 1;
}

static void input_row(const struct tower_shape *s, const struct tower_weights *w, const struct tower_rows *r, size_t i)
{
	size_t E = s->E, entity = r->entity[i];
	real *x = r->h[0] + i * E;
	bool unknown = r->entity[i] == TOWER_UNKNOWN, bare = unknown || (r->bare && r->bare[i]);
	memcpy(x, bare ? w->values : w->ids + entity * E, E * sizeof *x);
	for (size_t c = 0; unknown && c < s->n_columns; c++)
		add_scaled(E, 1, w->values + (1 + c) * E, x);
	for (size_t k = unknown ? 0 : r->start[entity]; !unknown && k < r->start[entity + 1]; k++)
		add_scaled(E, r->weight[k], w->values + (1 + (size_t)r->value[k]) * E, x);
	if (s->D && unknown)
		memset(r->gathered + i * s->D, 0, s->D * sizeof *x);
	else if (s->D)
		memcpy(r->gathered + i * s->D, r->dense + entity * s->D, s->D * sizeof *x);
}

void tower_forward(const struct tower_shape *s, const struct tower_weights *w, const struct tower_rows *r, size_t from,
		   size_t to, double p, struct rng *rng)
{
	size_t n = to - from, E = s->E, widest = 0;
	if (n == 0)
		return;
	for (size_t l = 1; l <= s->L; l++) /* blocks lie at different layers at the same time: the mask of each has its own place */
		widest = s->width[l] > widest ? s->width[l] : widest;
	for (size_t i = from; i < to; i++)
		input_row(s, w, r, i);
	if (s->D)
		real_gemm(false, true, n, E, s->D, 1, r->gathered + from * s->D, s->D, w->net, s->D, 1, r->h[0] + from * E, E);
	for (size_t l = 1; l <= s->L; l++) {
		size_t in = s->width[l - 1], out = s->width[l];
		real *y = r->h[l] + from * out;
		linear_forward(n, in, out, r->h[l - 1] + from * in, w->net + tower_weight_at(s, l), w->net + tower_bias_at(s, l), y);
		if (l == s->L)
			break;
		activation_forward(ACTIVATION_RELU, n * out, y, y);
		if (rng && p > 0) {
			uint8_t *mask = r->mask + from * widest;
			dropout_mask(rng, p, n * out, mask);
			keep_masked(n * out, mask, (real)(1 / (1 - p)), y);
		}
		if (l + 1 == s->L && s->head == TOWER_MLP)
			scale(n * out, last_scale(s), y);
	}
}

void tower_backward(const struct tower_shape *s, const struct tower_weights *w, const struct tower_rows *r, size_t from,
		    size_t to, double p, real *dnet)
{
	size_t n = to - from, E = s->E;
	if (n == 0)
		return;
	for (size_t l = s->L; l >= 1; l--) {
		size_t in = s->width[l - 1], out = s->width[l];
		real *dx = r->d[l - 1] + from * in;
		memset(dx, 0, n * in * sizeof *dx);
		linear_backward(n, in, out, r->h[l - 1] + from * in, w->net + tower_weight_at(s, l), r->d[l] + from * out, dx,
				dnet + tower_weight_at(s, l), dnet + tower_bias_at(s, l));
		if (l > 1) /* what ReLU or dropout made 0 passes nothing back */
			gate(n * in, r->h[l - 1] + from * in, (l == s->L ? last_scale(s) : 1) * (real)(1 / (1 - p)), dx);
	}
	if (s->D)
		real_gemm(true, false, E, s->D, n, 1, r->d[0] + from * E, E, r->gathered + from * s->D, s->D, 1, dnet, s->D);
}

void tower_values_backward(const struct tower_shape *s, const struct tower_rows *r, const uint32_t *slot, real *dvalues)
{
	size_t E = s->E;
	for (size_t i = 0; i < r->n; i++) {
		size_t entity = r->entity[i];
		const real *dx = r->d[0] + i * E;
		if (r->bare && r->bare[i])
			add_scaled(E, 1, dx, dvalues + slot[0] * E);
		for (size_t k = r->start[entity]; k < r->start[entity + 1]; k++)
			add_scaled(E, r->weight[k], dx, dvalues + slot[1 + r->value[k]] * E);
	}
}

/* ---- the head ---- */

/* w . relu(a + b), and its gradients times g. */
NN_BODY mlp_score_body(size_t n, const real *a, const real *b, const real *w, real *out)
{
	real lane[NN_LANES] = { 0 };
	size_t i = 0;
	for (; i + NN_LANES <= n; i += NN_LANES)
		for (size_t j = 0; j < NN_LANES; j++) {
			real h = a[i + j] + b[i + j];
			lane[j] += w[i + j] * (h > 0 ? h : 0);
		}
	for (size_t j = 0; i < n; i++, j++) {
		real h = a[i] + b[i];
		lane[j] += w[i] * (h > 0 ? h : 0);
	}
	*out = nn_lanes_sum(lane);
}
NN_STATIC(mlp_score, (size_t n, const real *a, const real *b, const real *w, real *out), (n, a, b, w, out))

NN_BODY mlp_backward_body(size_t n, real g, const real *a, const real *b, const real *w, real *da, real *db, real *dw)
{
	for (size_t i = 0; i < n; i++) {
		real h = a[i] + b[i], t = h > 0 ? g * w[i] : 0;
		dw[i] += g * (h > 0 ? h : 0);
		da[i] += t;
		db[i] += t;
	}
}
NN_STATIC(mlp_backward, (size_t n, real g, const real *a, const real *b, const real *w, real *da, real *db, real *dw),
	  (n, g, a, b, w, da, db, dw))

NN_BODY dot_body(size_t n, const real *a, const real *b, real *out)
{
	*out = nn_dot(n, a, b);
}
NN_STATIC(dot, (size_t n, const real *a, const real *b, real *out), (n, a, b, out))

NN_BODY dot_backward_body(size_t n, real g, const real *a, const real *b, real *da, real *db)
{
	for (size_t i = 0; i < n; i++) {
		da[i] += g * b[i];
		db[i] += g * a[i];
	}
}
NN_STATIC(dot_backward, (size_t n, real g, const real *a, const real *b, real *da, real *db), (n, g, a, b, da, db))

real tower_score(const struct tower_join *j, const real *user, const real *item)
{
	size_t k = j->width - 1;
	real s;
	if (j->head == TOWER_DOT)
		dot(k, user, item, &s);
	else
		mlp_score(k, user, item, j->w, &s);
	return s + user[k] + item[k];
}

static void score_backward(const struct tower_join *j, const struct tower_outputs *o, size_t user, size_t item, real g)
{
	size_t k = j->width - 1, u = user * j->width, i = item * j->width;
	if (j->head == TOWER_DOT)
		dot_backward(k, g, o->user + u, o->item + i, o->duser + u, o->ditem + i);
	else
		mlp_backward(k, g, o->user + u, o->item + i, j->w, o->duser + u, o->ditem + i, o->dw);
	o->duser[u + k] += g;
	o->ditem[i + k] += g;
}

/* ---- scores of many pairs ---- */

/* y = a + x. */
NN_BODY shifted_body(size_t n, real a, const real *x, real *y)
{
	for (size_t i = 0; i < n; i++)
		y[i] = a + x[i];
}
NN_STATIC(shifted, (size_t n, real a, const real *x, real *y), (n, a, x, y))

NN_BODY sum_of_body(size_t n, const real *x, real *out)
{
	real lane[NN_LANES] = { 0 };
	size_t i = 0;
	for (; i + NN_LANES <= n; i += NN_LANES)
		for (size_t j = 0; j < NN_LANES; j++)
			lane[j] += x[i + j];
	for (size_t j = 0; i < n; i++, j++)
		lane[j] += x[i];
	*out = nn_lanes_sum(lane);
}
NN_STATIC(sum_of, (size_t n, const real *x, real *out), (n, x, out))

/* A chunk of pairs against their competitors. users, dusers [n, width] are the pairs' own rows. */
struct chunk {
	const struct tower_join *j;
	const struct tower_outputs *o;
	size_t n, n_others;
	real *users, *dusers, *pos, *score, *column; /* score [n, n_others], column [n_others] */
};

/* Less log_q. Under dot the biases are there before the products are added. */
static void chunk_scores(const struct chunk *c, const real *log_q)
{
	size_t W = c->j->width, k = W - 1, K = c->n_others;
	for (size_t q = 0; q < K; q++)
		c->column[q] = c->o->item[q * W + k] - log_q[q];
	for (size_t i = 0; i < c->n && c->j->head == TOWER_DOT; i++)
		shifted(K, c->users[i * W + k], c->column, c->score + i * K);
	if (c->j->head == TOWER_DOT)
		real_gemm(false, true, c->n, K, k, 1, c->users, W, c->o->item, W, 1, c->score, K);
	for (size_t i = 0; i < c->n && c->j->head == TOWER_MLP; i++)
		for (size_t q = 0; q < K; q++)
			c->score[i * K + q] = tower_score(c->j, c->users + i * W, c->o->item + q * W) - log_q[q];
}

static void chunk_backward(const struct chunk *c)
{
	size_t W = c->j->width, k = W - 1, K = c->n_others;
	memset(c->dusers, 0, c->n * W * sizeof *c->dusers);
	memset(c->column, 0, K * sizeof *c->column);
	if (c->j->head == TOWER_DOT) {
		real_gemm(false, false, c->n, k, K, 1, c->score, K, c->o->item, W, 0, c->dusers, W);
		real_gemm(true, false, K, k, c->n, 1, c->score, K, c->users, W, 1, c->o->ditem, W);
	}
	for (size_t i = 0; i < c->n && c->j->head == TOWER_MLP; i++)
		for (size_t q = 0; q < K; q++)
			if (c->score[i * K + q] != 0)
				mlp_backward(k, c->score[i * K + q], c->users + i * W, c->o->item + q * W, c->j->w,
					     c->dusers + i * W, c->o->ditem + q * W, c->o->dw);
	for (size_t i = 0; i < c->n; i++)
		sum_of(K, c->score + i * K, &c->dusers[i * W + k]);
	column_sums(c->n, K, c->score, c->column);
	for (size_t q = 0; q < K; q++)
		c->o->ditem[q * W + k] += c->column[q];
}

/* Own items take no part among the others. */
static void bar_own(const struct chunk *c, const struct tower_loss *l, const uint32_t *item)
{
	for (size_t i = 0; i < c->n; i++) {
		c->pos[i] -= l->log_q[item[i]];
		if (item[i] < c->n_others)
			c->score[i * c->n_others + item[i]] = (real)-INFINITY;
	}
}

static double learn_ranked(const struct tower_join *j, const struct tower_loss *l, const struct tower_pairs *p,
			   size_t from, size_t n, const struct tower_outputs *o, real *scratch)
{
	size_t W = j->width, K = l->n_others;
	const uint32_t *user = p->user + from, *item = p->item + from;
	struct chunk c = { j, o, n, K, scratch, scratch + TOWER_CHUNK * W, scratch + 2 * TOWER_CHUNK * W,
			   scratch + TOWER_CHUNK * (2 * W + 1), scratch + TOWER_CHUNK * (2 * W + 1 + K) };
	embedding_forward(n, W, user, o->user, c.users);
	for (size_t i = 0; i < n; i++)
		c.pos[i] = tower_score(j, c.users + i * W, o->item + item[i] * W);
	chunk_scores(&c, l->log_q);
	bar_own(&c, l, item);
	double loss = l->kind == TOWER_SOFTMAX ? loss_sampled_softmax(n, K, c.pos, c.score, K, NULL, NULL, l->scale)
					       : loss_gbce(n, K, c.pos, c.score, K, 1, l->scale);
	chunk_backward(&c);
	embedding_backward(n, W, user, c.dusers, o->duser);
	for (size_t i = 0; i < n; i++)
		score_backward(j, o, user[i], item[i], c.pos[i]);
	for (size_t i = 0; i < n && l->kind == TOWER_SOFTMAX; i++)
		o->duser[user[i] * W + W - 1] = 0; /* a user's bias cancels: what is left is rounding, which Adam would blow up */
	return loss;
}

static double learn_pairs(const struct tower_join *j, const struct tower_loss *l, const struct tower_pairs *p,
			  size_t from, size_t n, const struct tower_outputs *o)
{
	size_t W = j->width;
	real s[TOWER_CHUNK], g[TOWER_CHUNK] = { 0 };
	for (size_t i = 0; i < n; i++)
		s[i] = tower_score(j, o->user + p->user[from + i] * W, o->item + p->item[from + i] * W);
	const real *y = p->target + from;
	double loss = l->kind == TOWER_MSE     ? loss_mse(n, s, y, l->scale, g)
		      : l->kind == TOWER_HUBER ? loss_huber(n, s, y, l->delta, l->scale, g)
					       : loss_bce(n, s, y, l->scale, g);
	for (size_t i = 0; i < n; i++)
		score_backward(j, o, p->user[from + i], p->item[from + i], g[i]);
	return loss;
}

size_t tower_scratch(size_t width, size_t n_others)
{
	return TOWER_CHUNK * (2 * width + 1 + n_others) + n_others;
}

double tower_learn(const struct tower_join *j, const struct tower_loss *l, const struct tower_pairs *p, size_t from,
		   size_t to, const struct tower_outputs *o, real *scratch)
{
	double loss = 0;
	for (size_t i = from; i < to; i += TOWER_CHUNK) {
		size_t n = to - i < TOWER_CHUNK ? to - i : TOWER_CHUNK;
		loss += l->n_others ? learn_ranked(j, l, p, i, n, o, scratch) : learn_pairs(j, l, p, i, n, o);
	}
	return loss;
}
