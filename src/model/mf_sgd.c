/* mf_sgd.c: stochastic gradient descent over a fixed grid of blocks.
 *
 * Users and items are dealt at random into G parts each. Blocks (b, (b + s) mod G) of a stratum s share no user and no
 * item, so they run at the same time without locks, and the result does not depend on which thread runs which
 * (Gemulla, Nijkamp, Haas and Sismanis, "Large-scale matrix factorization with distributed stochastic gradient
 * descent", KDD 2011). G follows from the number of events only. Within a block the events of a user follow each other,
 * so that the user's row stays in registers (linalg/kernels.h). */
#include "base/mem.h"
#include "base/rng.h"
#include "linalg/kernels.h"
#include "model/mf.h"

#include <math.h>
#include <string.h>

enum { MIN_GRID = 4, MAX_GRID = 64, EVENTS_A_BLOCK = 8192 };
enum { STREAM_USERS = 0x5d1, STREAM_ITEMS, STREAM_NEGATIVES };

/* Events of one user within a block. */
struct run {
	uint32_t user, n;
	size_t first;
};

struct sgd {
	struct sgd_task task;
	const struct kernels *kernels;
	size_t K, n16, grid;
	struct csr by_user;         /* the training events, values as the loss wants them */
	uint32_t *users;            /* all users, part by part, each part in random order */
	unsigned char *user_part, *item_part;
	struct sgd_event *event;    /* block by block */
	struct run *run;
	size_t *block_run;          /* runs of block b: [block_run[b], block_run[b + 1]) */
	size_t stratum;
	double *user_loss;          /* sum over a block */
	float *reg;                 /* what the task's reg arrays point into */
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

/* Sort the events into blocks; within a block by user in dealt order. */
static void fill_blocks(struct sgd *s)
{
	size_t n_blocks = s->grid * s->grid;
	size_t *event_at = MEM_ZNEW(n_blocks + 1, size_t), *run_at = MEM_ZNEW(n_blocks + 1, size_t);
	const struct csr *c = &s->by_user;
	uint32_t *last = MEM_NEW(n_blocks, uint32_t);
	memset(last, 0xff, n_blocks * sizeof *last);
	for (size_t k = 0; k < c->n_rows; k++) {
		uint32_t u = s->users[k];
		for (size_t i = c->start[u]; i < c->start[u + 1]; i++) {
			size_t b = s->user_part[u] * s->grid + s->item_part[c->column[i]];
			event_at[b + 1]++;
			run_at[b + 1] += last[b] != u;
			last[b] = u;
		}
	}
	for (size_t b = 0; b < n_blocks; b++) {
		event_at[b + 1] += event_at[b];
		run_at[b + 1] += run_at[b];
	}
	s->event = mem_resize(s->event, 0, c->n, sizeof *s->event);
	s->run = mem_resize(s->run, 0, run_at[n_blocks], sizeof *s->run);
	memcpy(s->block_run, run_at, (n_blocks + 1) * sizeof *run_at);
	memset(last, 0xff, n_blocks * sizeof *last);
	for (size_t k = 0; k < c->n_rows; k++) {
		uint32_t u = s->users[k];
		for (size_t i = c->start[u]; i < c->start[u + 1]; i++) {
			size_t b = s->user_part[u] * s->grid + s->item_part[c->column[i]];
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
static void fill_reg(float *reg, float *reg_bias, const size_t *count, size_t n, const struct mf_options *o)
{
	for (size_t i = 0; i < n; i++) {
		double share = count[i] ? pow((double)count[i], o->reg_power - 1) : 0;
		reg[i] = (float)(o->reg * share);
		reg_bias[i] = (float)(o->reg_bias * share);
	}
}

static void fill_task(struct sgd *s, struct model *m, const struct events *ev)
{
	const struct mf_options *o = m->options;
	struct mf_state *state = m->state;
	size_t U = m->users.n, I = m->items.n;
	size_t *count = MEM_ZNEW(U > I ? U : I, size_t);
	s->reg = MEM_NEW(2 * (U + I), float);
	for (size_t i = 0; i < ev->n; i++)
		count[ev->user[i]]++;
	fill_reg(s->reg, s->reg + U, count, U, o);
	memset(count, 0, (U > I ? U : I) * sizeof *count);
	for (size_t i = 0; i < ev->n; i++)
		count[ev->item[i]]++;
	fill_reg(s->reg + 2 * U, s->reg + 2 * U + I, count, I, o);
	mem_free(count);
	s->task = (struct sgd_task){ .user_factors = state->user.factors, .item_factors = state->item.factors,
				     .user_bias = state->user.bias, .item_bias = state->item.bias,
				     .user_reg = s->reg, .user_reg_bias = s->reg + U, .item_reg = s->reg + 2 * U,
				     .item_reg_bias = s->reg + 2 * U + I, .mean = *state->mean,
				     .logistic = o->loss == MF_LOGISTIC };
	if (s->n16 != s->K) {
		s->task.user_factors = padded(state->user.factors, U, s->K);
		s->task.item_factors = padded(state->item.factors, I, s->K);
	}
}

static int begin(struct model *m, const struct train_input *in, void **work, struct err *e)
{
	(void)e;
	const struct mf_options *o = m->options;
	struct mf_state *state = m->state;
	struct sgd *s = MEM_ZNEW(1, struct sgd);
	s->kernels = kernels_at(cpu_level());
	s->K = o->factors;
	s->n16 = KERNEL_PAD(o->factors);
	s->grid = grid_for(in->train->n);
	csr_by_user(&s->by_user, in->train, m->users.n);
	double sum = 0;
	for (size_t i = 0; i < in->train->n; i++)
		sum += (double)in->train->rating[i];
	*state->mean = (float)(sum / (double)in->train->n);
	s->user_part = deal(m->users.n, s->grid, in->seed, STREAM_USERS, &s->users);
	s->item_part = deal(m->items.n, s->grid, in->seed, STREAM_ITEMS, NULL);
	s->block_run = MEM_NEW(s->grid * s->grid + 1, size_t);
	s->user_loss = MEM_NEW(s->grid, double);
	fill_task(s, m, in->train);
	fill_blocks(s);
	*work = s;
	return 0;
}

static double run_block(void *context, size_t b, size_t worker)
{
	(void)worker;
	struct sgd *s = context;
	size_t block = b * s->grid + (b + s->stratum) % s->grid;
	double loss = 0;
	for (size_t k = s->block_run[block]; k < s->block_run[block + 1]; k++)
		loss += s->kernels->sgd(&s->task, s->n16, s->run[k].user, s->event + s->run[k].first, s->run[k].n);
	return loss;
}

static int epoch(struct model *m, const struct train_input *in, void *work, size_t number, double *loss, struct err *e)
{
	(void)e;
	struct sgd *s = work;
	const struct mf_options *o = m->options;
	struct mf_state *state = m->state;
	double part = 1 - (double)number / (double)o->epochs;
	s->task.rate = s->task.rate_bias = (float)(o->rate * part);
	double sum = 0;
	for (s->stratum = 0; s->stratum < s->grid; s->stratum++)
		sum += pool_sum(in->pool, s->grid, run_block, s);
	*loss = sqrt(sum / (double)in->train->n);
	unpadded(s->task.user_factors, m->users.n, s->K, state->user.factors);
	unpadded(s->task.item_factors, m->items.n, s->K, state->item.factors);
	return 0;
}

static int end(struct model *m, const struct train_input *in, void *work, bool failed, struct err *e)
{
	(void)in;
	(void)failed;
	(void)e;
	struct sgd *s = work;
	struct mf_state *state = m->state;
	if (s->task.user_factors != state->user.factors) {
		mem_free(s->task.user_factors);
		mem_free(s->task.item_factors);
	}
	csr_release(&s->by_user);
	mem_free(s->users);
	mem_free(s->user_part);
	mem_free(s->item_part);
	mem_free(s->event);
	mem_free(s->run);
	mem_free(s->block_run);
	mem_free(s->user_loss);
	mem_free(s->reg);
	mem_free(s);
	return 0;
}

const struct learner mf_sgd = { begin, epoch, NULL, end, "rmse", "lower --rate or raise --reg" };
