/* seq_train.c: epochs of model seq, validation, and going on with new events. */
#include "base/mem.h"
#include "linalg/blas.h"
#include "model/params.h"
#include "model/rows.h"
#include "model/seq_step.h"

#include <math.h>

enum { STREAM_WINDOWS = 0x5e92, STREAM_ORDER = 0x5e93, STREAM_REPLAY = 0x5e94, VALID_USERS = 8 };

struct windows {
	struct seq_window *v;
	size_t n, room;
};

static void add_window(struct windows *w, uint32_t user, size_t first, size_t n)
{
	if (w->n == w->room) {
		w->room = mem_grow(w->room, w->n + 1);
		w->v = mem_resize(w->v, w->n, w->room, sizeof *w->v);
	}
	w->v[w->n++] = (struct seq_window){ user, (uint32_t)first, (uint32_t)n };
}

/* Each row as windows of up to T events, as many as --stride; the first border of a long row is drawn, so that no event is
 * always at one. */
static void cut_rows(struct windows *w, const struct csr *c, const struct seq_options *o, uint64_t seed, size_t epoch)
{
	size_t T = o->stride ? o->stride : o->length;
	w->n = 0;
	for (size_t u = 0; u < c->n_rows; u++) {
		size_t n = c->start[u + 1] - c->start[u], at = 0, end = n;
		struct rng r;
		rng_init(&r, seed, rng_mix(epoch * c->n_rows + u) ^ STREAM_WINDOWS);
		if (n > T)
			end = 1 + (size_t)rng_below(&r, T);
		for (; at < n; at = end, end = n - at < T ? n : at + T)
			if (end > at)
				add_window(w, (uint32_t)u, at, end - at);
	}
}

static void shuffle(struct windows *w, uint64_t seed, size_t epoch)
{
	struct rng r;
	rng_init(&r, seed, rng_mix(epoch) ^ STREAM_ORDER);
	for (size_t i = w->n; i > 1; i--) {
		size_t j = (size_t)rng_below(&r, i);
		struct seq_window x = w->v[i - 1];
		w->v[i - 1] = w->v[j];
		w->v[j] = x;
	}
}

/* Windows a step: with --accumulate those of several batches. They go through the network some hundred tokens at a time
 * anyway, and their gradients are added up. */
static size_t step_windows(const struct seq_options *o)
{
	return o->batch * o->learning.accumulate;
}

/* The mean loss; NAN where it is far above chance: normalised layers and Adam keep numbers finite that went astray. */
static double run_windows(struct seq_stepper *s, const struct windows *w, size_t step)
{
	double loss = 0;
	size_t n_targets = 0;
	for (size_t i = 0; i < w->n; i += step)
		seq_step(s, w->v + i, w->n - i < step ? w->n - i : step, &loss, &n_targets);
	double mean = n_targets ? loss / (double)n_targets : 0;
	return mean > 10 * seq_chance(s) + 1 ? NAN : mean;
}

/* ---- the learner ---- */

struct work {
	struct csr by_user;          /* empty in an update, which learns from the history */
	struct seq_stepper *stepper;
	struct windows windows;
	size_t n_replayed;           /* old windows a pass of an update */
};

/* Items from n_old on that nobody has seen are their text alone. */
static void clear_unseen(struct model *m, const struct csr *c, size_t n_old)
{
	struct seq_state *s = m->state;
	size_t d = ((const struct seq_options *)m->options)->width;
	if (!s->items)
		return;
	unsigned char *seen = MEM_ZNEW(m->items.n, unsigned char);
	for (size_t i = 0; i < c->n; i++)
		seen[c->column[i]] = 1;
	for (size_t i = n_old; i < m->items.n; i++)
		if (!seen[i])
			memset(s->items + i * d, 0, d * sizeof *s->items);
	mem_free(seen);
}

/* Norms begin as the identity. */
static void set_starts(struct model *m)
{
	struct seq_state *s = m->state;
	const struct seq_options *o = m->options;
	size_t d = o->width;
	for (size_t k = 0; k < d; k++)
		s->array[SEQ_NORM][k] = 1;
	for (size_t l = 0; l < o->layers; l++)
		for (size_t k = 0; k < d; k++)
			s->array[SEQ_NORM1][2 * l * d + k] = s->array[SEQ_NORM2][2 * l * d + k] = 1;
}

/* The first time the table did not know the width: the arrays get their start values here. */
static void room_for_text(struct model *m, size_t width)
{
	struct seq_state *s = m->state;
	s->text_width = width;
	params_release(m);
	params_alloc(m);
}

static int begin(struct model *m, const struct train_input *in, void **work, struct err *e)
{
	const struct seq_options *o = m->options;
	struct seq_state *s = m->state;
	if (!in->items && !seq_has_ids(m))
		return err_usage(e, "--input text needs the text vectors of --items");
	if (seq_rates(m) && !m->has_rating)
		return err_usage(e, "the events have no rating column, which --rating-weight is for");
	if (in->items && s->text_width != in->items->width)
		room_for_text(m, in->items->width);
	struct work *k = *work = MEM_ZNEW(1, struct work);
	csr_by_user_time(&k->by_user, in->train, m->users.n);
	s->context = &k->by_user;
	set_starts(m);
	clear_unseen(m, &k->by_user, 0);
	cut_rows(&k->windows, &k->by_user, o, in->seed, 0);
	if (seq_rates(m))
		bias_fit(m, in->train, BIAS_REG_USER, BIAS_REG_ITEM, BIAS_ROUNDS, s->mean, s->user_bias, s->item_bias, in->pool);
	size_t n_steps = blocks_of(k->windows.n, step_windows(o)) * o->learning.epochs;
	k->stepper = seq_stepper_new(m, &k->by_user, n_steps, in->seed, in->pool);
	return seq_take_text(m, in->items, 0, e);
}

static int epoch(struct model *m, const struct train_input *in, void *work, size_t number, double *loss, struct err *e)
{
	(void)e;
	const struct seq_options *o = m->options;
	struct work *k = work;
	cut_rows(&k->windows, &k->by_user, o, in->seed, number);
	shuffle(&k->windows, in->seed, number);
	*loss = run_windows(k->stepper, &k->windows, step_windows(o));
	return 0;
}

static void state(struct model *m, void *work, struct arrays *a)
{
	(void)m;
	seq_stepper_state(((struct work *)work)->stepper, a);
}

static int end(struct model *m, const struct train_input *in, void *work, bool failed, struct err *e)
{
	(void)in;
	(void)failed;
	(void)e;
	struct work *k = work;
	((struct seq_state *)m->state)->context = NULL;
	seq_stepper_free(k->stepper);
	csr_release(&k->by_user);
	mem_free(k->windows.v);
	mem_free(k);
	return 0;
}

/* ---- validation ---- */

struct validation {
	const struct model *m;
	const struct csr *past, *next;
	struct seq_shape shape;
	const float *items;          /* [I, d] */
	double *gain;                /* by block: sum of 1 / log2(1 + rank) */
	size_t *n;
};

/* 1 / log2(1 + rank) of the target; equal scores count half. */
static double gain_of(const float *score, size_t n, uint32_t target)
{
	double rank = 0.5;
	for (size_t i = 0; i < n; i++)
		rank += score[i] > score[target] ? 1 : score[i] == score[target] ? 0.5 : 0;
	return 1 / log2(1 + rank);
}

/* Out of the ranking, unless it is the target. */
static void bar(float *score, const uint32_t *item, size_t n, uint32_t target)
{
	for (size_t i = 0; i < n; i++)
		if (item[i] != target)
			score[item[i]] = -INFINITY;
}

/* The newest T - 1 events of both together are looked at, with a window that ends before the last one. */
static void validate_user(struct validation *v, size_t u, struct seq_run *run, float *score, uint32_t *item,
			  float *table, double *gain, size_t *n_gains)
{
	const struct csr *past = v->past, *next = v->next;
	const struct seq_state *s = v->m->state;
	size_t I = v->m->items.n, d = v->shape.d, n_next = next->start[u + 1] - next->start[u];
	size_t n_past = u < past->n_rows ? past->start[u + 1] - past->start[u] : 0;
	if (n_next == 0)
		return;
	struct seq_past p = { n_past ? past->column + past->start[u] : NULL, next->column + next->start[u], n_past,
			      n_next - 1 };
	size_t n = seq_tokens(&p, v->shape.T, item), start[2] = { 0, n };
	uint32_t *token = item + v->shape.T;
	for (size_t t = 0; t < n; t++) {
		token[t] = item[t] == SEQ_NONE ? SEQ_NONE : (uint32_t)t;
		memcpy(table + t * d, v->items + (item[t] == SEQ_NONE ? 0 : item[t]) * d, d * sizeof *table);
	}
	struct seq_batch b = { 1, start, token, NULL, NULL, NULL };
	const float *h = seq_forward(run, s->array, table, &b, 0, NULL);
	size_t n_targets = n_next < n ? n_next : n;
	for (size_t k = 0; k < n_targets; k++) {
		blas_gemm_f32(false, true, 1, I, d, 1, h + (n - 1 - k) * d, d, v->items, d, 0, score, I);
		const uint32_t target = p.recent[n_next - 1 - k];
		if (seq_unseen(v->m)) {
			bar(score, p.old, p.n_old, target);
			bar(score, p.recent, n_next - 1 - k, target);
		}
		*gain += gain_of(score, I, target);
	}
	*n_gains += n_targets;
}

static void validate_block(void *context, size_t block, size_t worker)
{
	(void)worker;
	struct validation *v = context;
	size_t from, to, T = v->shape.T;
	struct seq_run *run = seq_run_new(&v->shape, T, 0);
	float *score = MEM_NEW(v->m->items.n, float), *table = MEM_NEW(T * v->shape.d, float);
	uint32_t *item = MEM_NEW(2 * T, uint32_t);
	v->gain[block] = 0;
	v->n[block] = 0;
	block_range(v->next->n_rows, VALID_USERS, block, &from, &to);
	for (size_t u = from; u < to; u++)
		validate_user(v, u, run, score, item, table, &v->gain[block], &v->n[block]);
	seq_run_free(run);
	mem_free(score);
	mem_free(table);
	mem_free(item);
}

static int validate(const struct model *m, const struct events *ev, struct pool *pool, double *loss, struct err *e)
{
	(void)e;
	const struct seq_state *s = m->state;
	struct csr next;
	csr_by_user_time(&next, ev, m->users.n);
	size_t n_blocks = blocks_of(m->users.n, VALID_USERS), n = 0;
	float *items = MEM_NEW(m->items.n * seq_shape_of(m).d, float);
	seq_item_vectors(m, NULL, 0, m->items.n, items);
	struct validation v = { m, s->context ? s->context : &m->history, &next, seq_shape_of(m), items,
				MEM_NEW(n_blocks, double), MEM_NEW(n_blocks, size_t) };
	pool_run(pool, n_blocks, validate_block, &v);
	double gain = 0;
	for (size_t b = 0; b < n_blocks; b++) {
		gain += v.gain[b];
		n += v.n[b];
	}
	*loss = n ? 1 - gain / (double)n : 1;
	csr_release(&next);
	mem_free(items);
	mem_free(v.gain);
	mem_free(v.n);
	return 0;
}

static const char remedy[] = "lower --rate or set --clip";
const struct learner seq_learner = { .begin = begin, .epoch = epoch, .validate = validate, .end = end,
				.loss_name = "loss", .remedy = remedy, .state = state };

/* ---- update ---- */

/* The windows that end each touched row and hold all its new events. */
static void new_windows(struct windows *w, const struct model *m, const struct events *ev, size_t T)
{
	const struct csr *h = &m->history;
	size_t *n_new = MEM_ZNEW(h->n_rows, size_t);
	for (size_t i = 0; i < ev->n; i++)
		n_new[ev->user[i]]++;
	for (size_t u = 0; u < h->n_rows; u++) {
		size_t n = h->start[u + 1] - h->start[u], end = n;
		for (size_t left = n_new[u]; left; end = end > T ? end - T : 0) {
			size_t length = end < T ? end : T;
			add_window(w, (uint32_t)u, end - length, length);
			left -= left < length ? left : length;
		}
	}
	mem_free(n_new);
}

/* Windows of rows drawn in proportion to their events, which end anywhere. */
static void old_windows(struct windows *w, const struct csr *h, size_t n, size_t T, struct rng *r)
{
	for (size_t i = 0; i < n; i++) {
		size_t event = (size_t)rng_below(r, h->n);
		uint32_t row = csr_row(h, event);
		size_t end = event - h->start[row] + 1, length = end < T ? end : T;
		add_window(w, row, end - length, length);
	}
}

static int check_text(const struct model *m, const struct train_input *in, struct err *e)
{
	const struct seq_state *s = m->state;
	if (in->items && !s->text_width)
		return err_usage(e, "the model was trained without --items, so an update cannot use them");
	return 0;
}

static int begin_update(struct model *m, const struct train_input *in, void **work, struct err *e)
{
	const struct seq_options *o = m->options;
	int rc = check_text(m, in, e);
	if (!rc)
		rc = seq_take_text(m, in->items, in->n_old_items, e);
	if (rc)
		return rc;
	struct work *k = *work = MEM_ZNEW(1, struct work);
	clear_unseen(m, &m->history, in->n_old_items);
	new_windows(&k->windows, m, in->train, o->length);
	k->n_replayed = (size_t)(o->replay * (double)k->windows.n);
	const struct seq_state *s = m->state;
	if (seq_rates(m))
		bias_update(m, in->train, BIAS_REG_USER, BIAS_REG_ITEM, BIAS_ROUNDS, *s->mean, s->user_bias, s->item_bias,
			    in->pool);
	size_t n_steps = blocks_of(k->windows.n + k->n_replayed, step_windows(o)) * o->learning.update_epochs;
	k->stepper = seq_stepper_new(m, &m->history, n_steps, in->seed, in->pool);
	return 0;
}

static int epoch_of_update(struct model *m, const struct train_input *in, void *work, size_t number, double *loss,
			   struct err *e)
{
	(void)e;
	const struct seq_options *o = m->options;
	struct work *k = work;
	struct rng r;
	rng_init(&r, in->seed, rng_mix(number) ^ STREAM_REPLAY);
	k->windows.n = 0;
	new_windows(&k->windows, m, in->train, o->length);
	old_windows(&k->windows, &m->history, k->n_replayed, o->length, &r);
	shuffle(&k->windows, in->seed, number);
	*loss = run_windows(k->stepper, &k->windows, step_windows(o));
	return 0;
}

const struct learner seq_updater = { .begin = begin_update, .epoch = epoch_of_update, .end = end, .loss_name = "loss",
				.remedy = remedy, .state = state };
