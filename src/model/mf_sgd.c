/* mf_sgd.c: stochastic gradient descent over a fixed grid of blocks.
 *
 * Users and items are dealt at random into G parts each. Blocks (b, (b + s) mod G) of a stratum s share no user and no
 * item, so they run at the same time without locks, and the result does not depend on which thread runs which
 * (Gemulla, Nijkamp, Haas and Sismanis, "Large-scale matrix factorization with distributed stochastic gradient
 * descent", KDD 2011). G follows from the number of events only. Within a block the events of a user follow each other,
 * so that the user's row stays in registers (linalg/kernels.h). */
#include "base/mem.h"
#include "base/rng.h"
#include "io/arrays.h"
#include "model/mf.h"
#include "model/rows.h"
#include "optim/optim.h"

#include <math.h>
#include <string.h>

enum { MIN_GRID = 4, MAX_GRID = 64, EVENTS_A_BLOCK = 8192 };
enum { STREAM_USERS = 0x5d1, STREAM_ITEMS, STREAM_VALID, STREAM_NEGATIVES };

/* Events of one user within a block. */
struct run {
	uint32_t user, n;
	size_t first;
};

/* Adam's moments and step counts, of the users or of the items. */
struct moments {
	float *m, *v, *bias_m, *bias_v; /* [n, n16], [n] */
	uint32_t *t;                    /* [n] */
};

struct sgd {
	struct sgd_task task;
	const struct kernels *kernels;
	size_t K, n16, grid, negatives;
	struct csr seen;            /* the training events by user, values as the loss wants them */
	struct csr drawn;           /* the same with negatives; the same arrays as seen where there are none */
	uint32_t *users;            /* all users, part by part, each part in random order */
	unsigned char *user_part, *item_part;
	struct sgd_event *event;    /* block by block */
	struct run *run;
	size_t *block_run;          /* runs of block b: [block_run[b], block_run[b + 1]) */
	size_t stratum;
	float *reg;                 /* what the task's reg arrays point into */
	bool adam;
	struct moments user_moments, item_moments;
	float *gradient;            /* two rows a block */
};

static size_t grid_for(size_t n_events)
{
	size_t grid = MIN_GRID;
	while (grid < MAX_GRID && n_events / (4 * grid * grid) >= EVENTS_A_BLOCK)
		grid *= 2;
	return grid;
}

/* Deal n rows into `grid` parts of nearly equal number; order, if not NULL, gets them part by part. */
static unsigned char *deal(size_t n, size_t grid, uint64_t seed, uint64_t stream, uint32_t **order)
{
	struct rng r;
	rng_init(&r, seed, stream);
	uint32_t *all = MEM_NEW(n, uint32_t);
	unsigned char *part = MEM_NEW(n, unsigned char);
	for (size_t i = 0; i < n; i++)
		all[i] = (uint32_t)i;
	rng_shuffle_u32(&r, all, n);
	for (size_t i = 0; i < n; i++)
		part[all[i]] = (unsigned char)(i * grid / n);
	if (order)
		*order = all;
	else
		mem_free(all);
	return part;
}

/* ---- what is learned from: labels and negatives ---- */

/* Each like is followed by s->negatives items that the user has no event with (unless that is hard to find). */
static void draw_negatives(struct sgd *s, size_t n_items, uint64_t seed, size_t epoch)
{
	const struct csr *from = &s->seen;
	struct csr *to = &s->drawn;
	uint32_t *last = MEM_NEW(n_items, uint32_t);
	size_t n = 0;
	memset(last, 0xff, n_items * sizeof *last);
	for (size_t u = 0; u < from->n_rows; u++) {
		struct rng r;
		rng_init(&r, seed + STREAM_NEGATIVES, (epoch << 32) + u);
		to->start[u] = n;
		for (size_t i = from->start[u]; i < from->start[u + 1]; i++)
			last[from->column[i]] = (uint32_t)u;
		for (size_t i = from->start[u]; i < from->start[u + 1]; i++) {
			to->column[n] = from->column[i];
			to->value[n++] = from->value[i];
			for (size_t k = 0; from->value[i] > 0.5f && k < s->negatives; k++) {
				uint32_t item = (uint32_t)rng_below(&r, n_items);
				for (int tries = 0; tries < 20 && last[item] == u; tries++)
					item = (uint32_t)rng_below(&r, n_items);
				to->column[n] = item;
				to->value[n++] = 0;
			}
		}
	}
	to->start[from->n_rows] = to->n = n;
	mem_free(last);
}

static void prepare_events(struct sgd *s, const struct model *m, const struct train_input *in)
{
	size_t n = 0;
	csr_by_user(&s->seen, in->train, m->users.n);
	for (size_t i = 0; i < s->seen.n; i++) {
		s->seen.value[i] = mf_label(m, s->seen.value[i]);
		n += 1 + (s->seen.value[i] > 0.5f ? s->negatives : 0);
	}
	s->drawn = s->seen;
	if (!s->negatives)
		return;
	s->drawn.event = NULL;
	s->drawn.start = MEM_NEW(s->seen.n_rows + 1, size_t);
	s->drawn.column = MEM_NEW(n, uint32_t);
	s->drawn.value = MEM_NEW(n, float);
	draw_negatives(s, m->items.n, in->seed, 0);
}

/* ---- blocks ---- */

static size_t block_of(const struct sgd *s, uint32_t user, uint32_t item)
{
	return s->user_part[user] * s->grid + s->item_part[item];
}

/* Where the events and runs of each block begin: [grid^2 + 1]. */
static void count_blocks(const struct sgd *s, size_t *event_at, size_t *run_at, uint32_t *last)
{
	const struct csr *c = &s->drawn;
	size_t n_blocks = s->grid * s->grid;
	memset(last, 0xff, n_blocks * sizeof *last);
	for (size_t k = 0; k < c->n_rows; k++) {
		uint32_t u = s->users[k];
		for (size_t i = c->start[u]; i < c->start[u + 1]; i++) {
			size_t b = block_of(s, u, c->column[i]);
			event_at[b + 1]++;
			run_at[b + 1] += last[b] != u;
			last[b] = u;
		}
	}
	for (size_t b = 0; b < n_blocks; b++) {
		event_at[b + 1] += event_at[b];
		run_at[b + 1] += run_at[b];
	}
}

/* Sort the events into blocks; within a block by user in dealt order. */
static void fill_blocks(struct sgd *s)
{
	const struct csr *c = &s->drawn;
	size_t n_blocks = s->grid * s->grid;
	size_t *event_at = MEM_ZNEW(n_blocks + 1, size_t), *run_at = MEM_ZNEW(n_blocks + 1, size_t);
	uint32_t *last = MEM_NEW(n_blocks, uint32_t);
	count_blocks(s, event_at, run_at, last);
	mem_free(s->event);
	mem_free(s->run);
	s->event = MEM_NEW(c->n, struct sgd_event);
	s->run = MEM_NEW(run_at[n_blocks], struct run);
	memcpy(s->block_run, run_at, (n_blocks + 1) * sizeof *run_at);
	memset(last, 0xff, n_blocks * sizeof *last);
	for (size_t k = 0; k < c->n_rows; k++) {
		uint32_t u = s->users[k];
		for (size_t i = c->start[u]; i < c->start[u + 1]; i++) {
			size_t b = block_of(s, u, c->column[i]);
			if (last[b] != u)
				s->run[run_at[b]++] = (struct run){ u, 0, event_at[b] };
			last[b] = u;
			s->run[run_at[b] - 1].n++;
			s->event[event_at[b]++] = (struct sgd_event){ c->column[i], c->value[i] };
		}
	}
	mem_free(event_at);
	mem_free(run_at);
	mem_free(last);
}

/* ---- parameters as the kernels want them ---- */

/* Rows of K floats to rows of n16, and back. */
static float *padded(const float *rows, size_t n, size_t K)
{
	size_t n16 = KERNEL_PAD(K);
	float *to = MEM_ZNEW(n * n16, float);
	for (size_t i = 0; i < n; i++)
		memcpy(to + i * n16, rows + i * K, K * sizeof *to);
	return to;
}

static void unpadded(const float *from, size_t n, size_t K, float *rows)
{
	size_t n16 = KERNEL_PAD(K);
	for (size_t i = 0; from != rows && i < n; i++)
		memcpy(rows + i * K, from + i * n16, K * sizeof *rows);
}

/* An event's share of the ridge of its row: reg * n^power / n. */
static void fill_reg(float *reg, float *reg_bias, const size_t *count, size_t n, const struct mf_options *o, float scale)
{
	for (size_t i = 0; i < n; i++) {
		double share = count[i] ? pow((double)count[i], o->reg_power - 1) : 0;
		reg[i] = scale * (float)(o->reg * share);
		reg_bias[i] = (float)(o->reg_bias * share);
	}
}

static void fill_regs(struct sgd *s, size_t U, size_t I, const struct mf_options *o, float scale)
{
	size_t *users = MEM_NEW(U, size_t), *items = MEM_ZNEW(I, size_t);
	for (size_t u = 0; u < U; u++)
		users[u] = s->drawn.start[u + 1] - s->drawn.start[u];
	for (size_t i = 0; i < s->drawn.n; i++)
		items[s->drawn.column[i]]++;
	s->reg = MEM_NEW(2 * (U + I), float);
	fill_reg(s->reg, s->reg + U, users, U, o, scale);
	fill_reg(s->reg + 2 * U, s->reg + 2 * U + I, items, I, o, scale);
	mem_free(users);
	mem_free(items);
}

static struct moments moments_new(size_t n, size_t n16)
{
	return (struct moments){ MEM_ZNEW(n * n16, float), MEM_ZNEW(n * n16, float), MEM_ZNEW(n, float), MEM_ZNEW(n, float),
				 MEM_ZNEW(n, uint32_t) };
}

static void moments_free(struct moments *a)
{
	mem_free(a->m);
	mem_free(a->v);
	mem_free(a->bias_m);
	mem_free(a->bias_v);
	mem_free(a->t);
}

static void fill_task(struct sgd *s, struct model *m)
{
	const struct mf_options *o = m->options;
	struct mf_state *state = m->state;
	size_t U = m->users.n, I = m->items.n;
	fill_regs(s, U, I, o, mf_scale(m));
	bool pad = s->n16 != s->K;
	s->task = (struct sgd_task){ .user_factors = pad ? padded(state->user.factors, U, s->K) : state->user.factors,
				     .item_factors = pad ? padded(state->item.factors, I, s->K) : state->item.factors,
				     .user_bias = state->user.bias, .item_bias = state->item.bias,
				     .user_reg = s->reg, .user_reg_bias = s->reg + U, .item_reg = s->reg + 2 * U,
				     .item_reg_bias = s->reg + 2 * U + I, .mean = *state->mean,
				     .logistic = o->loss == MF_LOGISTIC };
	if (s->adam) {
		s->user_moments = moments_new(U, s->n16);
		s->item_moments = moments_new(I, s->n16);
		s->gradient = MEM_NEW(2 * s->n16 * s->grid, float);
	}
}

/* mu: the mean rating; with the logistic loss the log odds of a like. */
static float start_mean(const struct sgd *s, bool logistic, struct pool *pool)
{
	double mean = csr_mean(&s->drawn, pool);
	if (!logistic)
		return (float)mean;
	mean = fmin(fmax(mean, 0.001), 0.999);
	return (float)log(mean / (1 - mean));
}

static int begin(struct model *m, const struct train_input *in, void **work, struct err *e)
{
	const struct mf_options *o = m->options;
	struct mf_state *state = m->state;
	if (!m->has_rating && (o->loss != MF_LOGISTIC || !o->negatives))
		return err_usage(e, "the events have no rating column: learn from them with --loss logistic --negatives N");
	int rc = o->loss == MF_LOGISTIC ? model_check_likes(m, in->train, o->like, o->negatives > 0, e) : 0;
	if (rc)
		return rc;
	struct sgd *s = MEM_ZNEW(1, struct sgd);
	*work = s;
	s->kernels = kernels_at(cpu_level());
	s->K = o->factors;
	s->n16 = KERNEL_PAD(o->factors);
	s->adam = o->optimizer == MF_ADAM;
	s->negatives = o->loss == MF_LOGISTIC ? o->negatives : 0;
	prepare_events(s, m, in);
	s->grid = grid_for(s->drawn.n);
	s->user_part = deal(m->users.n, s->grid, in->seed, STREAM_USERS, &s->users);
	s->item_part = deal(m->items.n, s->grid, in->seed, STREAM_ITEMS, NULL);
	s->block_run = MEM_NEW(s->grid * s->grid + 1, size_t);
	*state->mean = start_mean(s, o->loss == MF_LOGISTIC, in->pool);
	fill_task(s, m);
	fill_blocks(s);
	return 0;
}

/* ---- learning ---- */

static void adam_row(const struct optim *a, struct moments *x, uint32_t row, size_t n16, float *factors, float *bias,
		     const float *gradient, float bias_gradient)
{
	size_t t = ++x->t[row];
	optim_step(a, t, n16, 1, gradient, factors, x->m + row * n16, x->v + row * n16);
	optim_step(a, t, 1, 1, &bias_gradient, bias + row, x->bias_m + row, x->bias_v + row);
}

/* The gradient of the regularised loss of one event, for the user's row and the item's, and a step of Adam each. */
static double adam_run(struct sgd *s, const struct run *r, float *gradient)
{
	const struct sgd_task *t = &s->task;
	const struct optim adam = { .kind = OPTIM_ADAM, .rate = (double)t->rate, .b1 = 0.9, .b2 = 0.999, .eps = 1e-8 };
	size_t n16 = s->n16;
	uint32_t u = r->user;
	float *p = t->user_factors + u * n16, *for_p = gradient, *for_q = gradient + n16;
	double loss = 0;
	for (const struct sgd_event *e = s->event + r->first; e < s->event + r->first + r->n; e++) {
		float *q = t->item_factors + e->item * n16, error;
		float z = s->kernels->dot(p, q, n16) + (t->mean + t->user_bias[u] + t->item_bias[e->item]);
		loss += sgd_error(t, z, e->value, &error);
		for (size_t k = 0; k < n16; k++) {
			for_p[k] = t->user_reg[u] * p[k] - error * q[k];
			for_q[k] = t->item_reg[e->item] * q[k] - error * p[k];
		}
		adam_row(&adam, &s->user_moments, u, n16, p, t->user_bias, for_p,
			 t->user_reg_bias[u] * t->user_bias[u] - error);
		adam_row(&adam, &s->item_moments, e->item, n16, q, t->item_bias, for_q,
			 t->item_reg_bias[e->item] * t->item_bias[e->item] - error);
	}
	return loss;
}

static double run_block(void *context, size_t b, size_t worker)
{
	(void)worker;
	struct sgd *s = context;
	size_t block = b * s->grid + (b + s->stratum) % s->grid;
	double loss = 0;
	for (const struct run *r = s->run + s->block_run[block]; r < s->run + s->block_run[block + 1]; r++)
		loss += s->adam ? adam_run(s, r, s->gradient + 2 * s->n16 * b)
				: s->kernels->sgd(&s->task, s->n16, r->user, s->event + r->first, r->n);
	return loss;
}

static int epoch(struct model *m, const struct train_input *in, void *work, size_t number, double *loss, struct err *e)
{
	(void)e;
	struct sgd *s = work;
	const struct mf_options *o = m->options;
	struct mf_state *state = m->state;
	if (number && s->negatives) {
		draw_negatives(s, m->items.n, in->seed, number);
		fill_blocks(s);
	}
	s->task.rate = s->task.rate_bias = (float)(o->rate * (1 - (double)number / (double)o->epochs)) / mf_scale(m);
	double sum = 0;
	for (s->stratum = 0; s->stratum < s->grid; s->stratum++)
		sum += pool_sum(in->pool, s->grid, run_block, s);
	double mean = sum / (double)s->drawn.n;
	*state->noise = (float)mean;
	*loss = o->loss == MF_MSE ? sqrt(mean) : mean;
	unpadded(s->task.user_factors, m->users.n, s->K, state->user.factors);
	unpadded(s->task.item_factors, m->items.n, s->K, state->item.factors);
	return 0;
}

static void add_moments(struct arrays *a, const char *prefix, const struct moments *x, size_t n, size_t n16)
{
	a->prefix = prefix;
	arrays_add(a, "m", DT_F32, n * n16, x->m);
	arrays_add(a, "v", DT_F32, n * n16, x->v);
	arrays_add(a, "bias_m", DT_F32, n, x->bias_m);
	arrays_add(a, "bias_v", DT_F32, n, x->bias_v);
	arrays_add(a, "t", DT_U32, n, x->t);
}

/* The rows that are learned are the padded ones, where these are copies. */
static void state(struct model *m, void *work, struct arrays *a)
{
	struct sgd *s = work;
	size_t U = m->users.n, I = m->items.n;
	if (s->n16 != s->K) {
		arrays_add(a, "user", DT_F32, U * s->n16, s->task.user_factors);
		arrays_add(a, "item", DT_F32, I * s->n16, s->task.item_factors);
	}
	if (s->adam) {
		add_moments(a, "learner.user.", &s->user_moments, U, s->n16);
		add_moments(a, "learner.item.", &s->item_moments, I, s->n16);
	}
}

/* Mean logistic loss on ev's labels, with as many random negatives a like as in training, always the same ones. */
static int validate_logistic(const struct model *m, const struct events *ev, struct pool *pool, double *loss,
			     struct err *e)
{
	const struct mf_options *o = m->options;
	size_t per = 1 + o->negatives, n = 0;
	uint32_t *user = MEM_NEW(ev->n * per, uint32_t), *item = MEM_NEW(ev->n * per, uint32_t);
	float *out = MEM_NEW(ev->n * per, float), *truth = MEM_NEW(ev->n * per, float);
	struct rng r;
	rng_init(&r, m->seed, STREAM_VALID);
	for (size_t i = 0; i < ev->n; i++) {
		float like = mf_label(m, ev->rating[i]);
		for (size_t k = 0; k < (like > 0.5f ? per : 1); k++, n++) {
			user[n] = ev->user[i];
			item[n] = k ? (uint32_t)rng_below(&r, m->items.n) : ev->item[i];
			truth[n] = k ? 0 : like;
		}
	}
	int rc = m->class->predict(m, user, item, n, out, pool, e);
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		sum -= log(fmax(1e-7, (double)(truth[i] > 0.5f ? out[i] : 1 - out[i])));
	*loss = sum / (double)n;
	mem_free(user);
	mem_free(item);
	mem_free(out);
	mem_free(truth);
	return rc;
}

static int end(struct model *m, const struct train_input *in, void *work, bool failed, struct err *e)
{
	(void)e;
	struct sgd *s = work;
	struct mf_state *state = m->state;
	if (!s)
		return 0;
	if (s->task.user_factors != state->user.factors) {
		mem_free(s->task.user_factors);
		mem_free(s->task.item_factors);
	}
	csr_release(&s->drawn);
	if (s->negatives)
		csr_release(&s->seen);
	mem_free(s->users);
	mem_free(s->user_part);
	mem_free(s->item_part);
	mem_free(s->event);
	mem_free(s->run);
	mem_free(s->block_run);
	mem_free(s->reg);
	mem_free(s->gradient);
	moments_free(&s->user_moments);
	moments_free(&s->item_moments);
	mem_free(s);
	if (!failed)
		mf_settle(m, in);
	return 0;
}

const struct learner mf_sgd = { .begin = begin, .epoch = epoch, .end = end, .loss_name = "rmse",
				.remedy = "lower --rate or raise --reg", .state = state };
const struct learner mf_sgd_logistic = { .begin = begin, .epoch = epoch, .validate = validate_logistic, .end = end,
				.loss_name = "logistic loss", .remedy = "lower --rate or raise --reg", .state = state };
