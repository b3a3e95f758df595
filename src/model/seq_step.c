/* seq_step.c: see seq_step.h.
 *
 * A batch is cut into SHARDS runs of windows of about equal length, whatever the number of threads; each has a
 * gradient of its own, and they are summed in the order of the shards: the same bytes at any -j. The rows of the
 * item table that a step needs (all items with events for softmax, else those of the batch and the negatives) lie
 * together in `table`. */
#include "model/seq_step.h"
#include "base/mem.h"
#include "io/arrays.h"
#include "linalg/blas.h"
#include "model/sampler.h"
#include "nn/losses.h"

enum { SHARDS = 8, SUM_BLOCK = 16384, ROW_BLOCK = 256 };
enum { STREAM_NEGATIVES = 0x5e90, STREAM_DROPOUT = 0x5e91 };

struct seq_stepper {
	struct model *m;
	struct pool *pool;
	const struct csr *by_user;
	struct seq_shape shape;
	uint64_t seed;
	size_t step, n_steps;
	struct seq_loss loss;
	/* the table: row r is item rows[r]; row_of[item] or SEQ_NONE */
	uint32_t *rows, *row_of;
	size_t n_rows, most_rows;
	float *table;
	struct sampler sampler;             /* items with events */
	uint32_t *negative;
	float *log_q, *row_log_q, *item_log_q;
	/* the batch */
	size_t n_windows, n_tokens, n_targets, most_windows, most_tokens;
	size_t *start;                      /* [windows + 1] */
	uint32_t *token, *target;
	struct seq_before *before;          /* [windows] */
	float *rating;                      /* of the targets, less the biases */
	double variance;                    /* their mean square over all events; 0 where ratings are not learned */
	size_t shard_start[SHARDS + 1];     /* windows */
	double shard_loss[SHARDS];
	struct seq_run **run;               /* by worker */
	/* gradients [SHARDS][stride]: the arrays, then the table */
	size_t offset[SEQ_ARRAYS + 1], stride;
	float *gradient;
	double *squares;
	float *m_dense, *v_dense, *m_items, *v_items;
	float *gathered, *dmap, *m_map, *v_map; /* of the text map */
	float factor;
	struct optim rule, bare;            /* with decay, and without */
};

static const struct seq_options *options_of(const struct seq_stepper *s)
{
	return s->m->options;
}

/* ---- what can be drawn ---- */

static void set_counts(struct seq_stepper *s)
{
	const struct csr *c = s->by_user;
	sampler_init(&s->sampler, c->column, c->n, s->m->items.n, options_of(s)->popularity);
	for (size_t j = 0; j < s->sampler.n; j++)
		s->item_log_q[s->sampler.item[j]] = (float)log((double)options_of(s)->negatives * sampler_share(&s->sampler, j));
}

/* A rating as the head learns it: the rest that the biases leave. */
static float rest_of(const struct seq_stepper *s, uint32_t user, size_t entry)
{
	return s->by_user->value[entry] - seq_bias_of(s->m->state, user, s->by_user->column[entry]);
}

static void set_variance(struct seq_stepper *s)
{
	const struct csr *c = s->by_user;
	double sum = 0;
	for (size_t u = 0; u < c->n_rows; u++)
		for (size_t k = c->start[u]; k < c->start[u + 1]; k++)
			sum += (double)rest_of(s, (uint32_t)u, k) * (double)rest_of(s, (uint32_t)u, k);
	s->variance = c->n ? sum / (double)c->n : 0;
}

/* ---- making ---- */

static void room_for_rows(struct seq_stepper *s, size_t n)
{
	if (n <= s->most_rows)
		return;
	size_t old = s->most_rows, d = s->shape.d, V = ((const struct seq_state *)s->m->state)->text_width;
	s->most_rows = mem_grow(old, n);
	s->rows = mem_resize(s->rows, old, s->most_rows, sizeof *s->rows);
	s->row_log_q = mem_resize(s->row_log_q, old, s->most_rows, sizeof(float));
	s->table = mem_resize(s->table, old * d, s->most_rows * d, sizeof(float));
	s->stride = s->offset[SEQ_ARRAYS] + s->most_rows * d;
	mem_free(s->gradient);
	mem_free(s->squares);
	s->gradient = mem_alloc(SHARDS, s->stride * sizeof(float));
	s->squares = MEM_NEW(blocks_of(s->stride, SUM_BLOCK), double);
	if (V)
		s->gathered = mem_resize(s->gathered, old * V, s->most_rows * V, sizeof(float));
}

static uint32_t add_row(struct seq_stepper *s, uint32_t item)
{
	if (s->row_of[item] == SEQ_NONE) {
		s->row_of[item] = (uint32_t)s->n_rows;
		s->row_log_q[s->n_rows] = s->item_log_q[item];
		s->rows[s->n_rows++] = item;
	}
	return s->row_of[item];
}

struct seq_stepper *seq_stepper_new(struct model *m, const struct csr *by_user, size_t n_steps, uint64_t seed,
				    struct pool *pool)
{
	const struct seq_options *o = m->options;
	const struct seq_state *state = m->state;
	size_t I = m->items.n, V = state->text_width;
	struct seq_stepper *s = MEM_ZNEW(1, struct seq_stepper);
	*s = (struct seq_stepper){ .m = m, .pool = pool, .by_user = by_user, .shape = seq_shape_of(m), .seed = seed,
				   .n_steps = n_steps, .row_of = MEM_NEW(I, uint32_t),
				   .item_log_q = MEM_ZNEW(I, float) };
	size_t d = s->shape.d, n_rows = seq_has_ids(m) ? I : 0;
	for (enum seq_array a = 0; a < SEQ_ARRAYS; a++)
		s->offset[a + 1] = s->offset[a] + seq_array_size(&s->shape, a);
	memset(s->row_of, 0xff, I * sizeof *s->row_of);
	set_counts(s);
	s->loss = (struct seq_loss){ .kind = (enum seq_loss_kind)o->loss, .n_negatives = o->negatives,
				     .rating_weight = (float)o->rating_weight,
				     .beta = (float)loss_gbce_beta(o->negatives, s->sampler.n, o->calibration) };
	if (seq_rates(m))
		set_variance(s);
	s->negative = MEM_NEW(o->negatives, uint32_t);
	s->log_q = MEM_NEW(o->negatives, float);
	if (o->loss == SEQ_SOFTMAX) {
		room_for_rows(s, s->sampler.n);
		for (size_t i = 0; i < s->sampler.n; i++)
			add_row(s, s->sampler.item[i]);
	}
	s->m_dense = MEM_ZNEW(s->offset[SEQ_ARRAYS], float);
	s->v_dense = MEM_ZNEW(s->offset[SEQ_ARRAYS], float);
	s->m_items = MEM_ZNEW(n_rows * d, float);
	s->v_items = MEM_ZNEW(n_rows * d, float);
	s->dmap = MEM_ZNEW(V * d, float);
	s->m_map = MEM_ZNEW(V * d, float);
	s->v_map = MEM_ZNEW(V * d, float);
	s->run = MEM_NEW(pool_size(pool), struct seq_run *);
	for (size_t i = 0; i < pool_size(pool); i++)
		s->run[i] = seq_run_new(&s->shape, seq_chunk(&s->shape), o->loss == SEQ_SOFTMAX ? s->sampler.n : o->negatives);
	return s;
}

void seq_stepper_free(struct seq_stepper *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < pool_size(s->pool); i++)
		seq_run_free(s->run[i]);
	sampler_release(&s->sampler);
	void *each[] = { s->rows, s->row_of, s->table, s->negative, s->log_q, s->row_log_q,
			 s->item_log_q, s->start, s->token, s->target, s->before, s->rating, s->run, s->gradient, s->squares, s->m_dense,
			 s->v_dense, s->m_items, s->v_items, s->gathered, s->dmap, s->m_map, s->v_map };
	for (size_t i = 0; i < sizeof each / sizeof *each; i++)
		mem_free(each[i]);
	mem_free(s);
}

double seq_chance(const struct seq_stepper *s)
{
	double ratings = (double)s->loss.rating_weight * s->variance;
	switch (s->loss.kind) {
	case SEQ_SOFTMAX: return log((double)s->sampler.n) + ratings;
	case SEQ_SAMPLED: return log((double)s->loss.n_negatives + 1) + ratings;
	default: return log(2) + ratings;
	}
}

void seq_stepper_state(struct seq_stepper *s, struct arrays *a)
{
	size_t n = s->offset[SEQ_ARRAYS], d = s->shape.d, I = seq_has_ids(s->m) ? s->m->items.n : 0;
	size_t V = ((const struct seq_state *)s->m->state)->text_width;
	arrays_add(a, "step", DT_U64, 1, &s->step);
	arrays_add(a, "m", DT_F32, n, s->m_dense);
	arrays_add(a, "v", DT_F32, n, s->v_dense);
	arrays_add(a, "items.m", DT_F32, I * d, s->m_items);
	arrays_add(a, "items.v", DT_F32, I * d, s->v_items);
	arrays_add(a, "map.m", DT_F32, V * d, s->m_map);
	arrays_add(a, "map.v", DT_F32, V * d, s->v_map);
}

/* ---- a batch ---- */

/* As many tokens as lead to the last target in inference. */
static size_t tokens_of(const struct seq_stepper *s, const struct seq_window *w)
{
	size_t n = (size_t)w->first + w->n;
	return n < s->shape.T ? n : s->shape.T;
}

/* What came before the last target, its newest tokens; the last w->n of them have targets. */
static void put_window(struct seq_stepper *s, const struct seq_window *w)
{
	const uint32_t *row = s->by_user->column + s->by_user->start[w->user];
	size_t end = (size_t)w->first + w->n, t = s->n_tokens;
	struct seq_past past = { row, NULL, end - 1, 0 };
	size_t n = seq_tokens(&past, s->shape.T, s->token + t);
	for (size_t k = 0; k < n; k++)
		s->target[t + k] = n - k <= w->n ? row[end - (n - k)] : SEQ_NONE;
	for (size_t k = n - w->n; s->shape.rates && k < n; k++)
		s->rating[t + k] = rest_of(s, w->user, s->by_user->start[w->user] + end - (n - k));
	s->before[s->n_windows] = (struct seq_before){ row, end - n };
	s->n_targets += w->n;
	s->n_tokens += n;
	s->start[++s->n_windows] = s->n_tokens;
}

static void put_batch(struct seq_stepper *s, const struct seq_window *window, size_t n)
{
	size_t n_tokens = 0;
	for (size_t i = 0; i < n; i++)
		n_tokens += tokens_of(s, &window[i]);
	if (n > s->most_windows || !s->start) {
		s->start = mem_resize(s->start, s->start ? s->most_windows + 1 : 0, n + 1, sizeof *s->start);
		s->before = mem_resize(s->before, s->most_windows, n, sizeof *s->before);
		s->most_windows = n;
	}
	if (n_tokens > s->most_tokens) {
		s->token = mem_resize(s->token, s->most_tokens, n_tokens, sizeof *s->token);
		s->target = mem_resize(s->target, s->most_tokens, n_tokens, sizeof *s->target);
		s->rating = mem_resize(s->rating, s->most_tokens, n_tokens, sizeof *s->rating);
		s->most_tokens = n_tokens;
	}
	s->n_windows = s->n_tokens = s->n_targets = s->start[0] = 0;
	for (size_t i = 0; i < n; i++)
		put_window(s, &window[i]);
	size_t at = 0;
	for (size_t k = 0; k < SHARDS; k++) {
		while (at < n && s->start[at] < n_tokens * k / SHARDS)
			at++;
		s->shard_start[k] = at;
	}
	s->shard_start[SHARDS] = n;
}

/* From items to rows of the table; the negatives. */
static void put_rows(struct seq_stepper *s)
{
	bool sampled = s->loss.kind != SEQ_SOFTMAX;
	size_t k = s->loss.n_negatives;
	struct rng r;
	rng_init(&r, s->seed, rng_mix(s->step) ^ STREAM_NEGATIVES);
	if (sampled) {
		room_for_rows(s, 2 * s->n_tokens + k);
		for (size_t i = 0; i < s->n_rows; i++)
			s->row_of[s->rows[i]] = SEQ_NONE;
		s->n_rows = 0;
	}
	for (size_t t = 0; t < s->n_tokens; t++) {
		s->token[t] = s->token[t] == SEQ_NONE ? SEQ_NONE : add_row(s, s->token[t]);
		s->target[t] = s->target[t] == SEQ_NONE ? SEQ_NONE : add_row(s, s->target[t]);
	}
	for (size_t i = 0; sampled && i < k; i++) {
		s->negative[i] = add_row(s, sampler_draw(&s->sampler, &r));
		s->log_q[i] = s->row_log_q[s->negative[i]];
	}
	s->loss.negative = s->negative;
	s->loss.log_q = s->log_q;
	s->loss.row_log_q = s->row_log_q;
	s->loss.n_rows = s->n_rows;
	s->loss.row_of = seq_unseen(s->m) ? s->row_of : NULL;
	s->loss.scale = 1 / (float)s->n_targets;
}

static void table_block(void *context, size_t block, size_t worker)
{
	(void)worker;
	struct seq_stepper *s = context;
	size_t from, to;
	block_range(s->n_rows, ROW_BLOCK, block, &from, &to);
	seq_item_vectors(s->m, s->rows + from, 0, to - from, s->table + from * s->shape.d);
}

static size_t used(const struct seq_stepper *s)
{
	return s->offset[SEQ_ARRAYS] + s->n_rows * s->shape.d;
}

static void shard(void *context, size_t block, size_t worker)
{
	struct seq_stepper *s = context;
	struct seq_state *state = s->m->state;
	float *own = s->gradient + block * s->stride, *dw[SEQ_ARRAYS];
	size_t most = seq_chunk(&s->shape), start[SEQ_CHUNK + 1] = { 0 };
	struct rng r;
	rng_init(&r, s->seed, rng_mix(s->step * SHARDS + block) ^ STREAM_DROPOUT);
	memset(own, 0, used(s) * sizeof *own);
	for (enum seq_array a = 0; a < SEQ_ARRAYS; a++)
		dw[a] = own + s->offset[a];
	s->shard_loss[block] = 0;
	for (size_t i = s->shard_start[block]; i < s->shard_start[block + 1];) {
		size_t window = i, first = s->start[i], n = 0;
		while (i < s->shard_start[block + 1] && n < SEQ_CHUNK && s->start[i + 1] - first <= most)
			start[++n] = s->start[++i] - first;
		struct seq_batch b = { n, start, s->token + first, s->target + first, s->rating + first,
				       s->before + window };
		s->shard_loss[block] += seq_learn(s->run[worker], state->array, s->table, &b, &s->loss,
						  options_of(s)->dropout, &r, dw, own + s->offset[SEQ_ARRAYS]);
	}
}

/* ---- the step ---- */

static void sum_block(void *context, size_t block, size_t worker)
{
	(void)worker;
	struct seq_stepper *s = context;
	size_t from, to;
	block_range(used(s), SUM_BLOCK, block, &from, &to);
	for (size_t k = 1; k < SHARDS; k++) {
		const float *x = s->gradient + k * s->stride;
		for (size_t i = from; i < to; i++)
			s->gradient[i] += x[i];
	}
	s->squares[block] = 0;
	optim_squares(to - from, s->gradient + from, &s->squares[block]);
}

/* The map's gradient: the table's by the text vectors. */
static double map_gradient(struct seq_stepper *s)
{
	const struct seq_state *state = s->m->state;
	size_t V = state->text_width, d = s->shape.d;
	double squares = 0;
	if (!V)
		return 0;
	for (size_t r = 0; r < s->n_rows; r++)
		memcpy(s->gathered + r * V, state->text + s->rows[r] * V, V * sizeof *s->gathered);
	const float *dtable = s->gradient + s->offset[SEQ_ARRAYS];
	blas_gemm_f32(true, false, d, V, s->n_rows, 1, dtable, d, s->gathered, V, 0, s->dmap, V);
	optim_squares(d * V, s->dmap, &squares);
	return squares;
}

static void rows_block(void *context, size_t block, size_t worker)
{
	(void)worker;
	struct seq_stepper *s = context;
	struct seq_state *state = s->m->state;
	size_t from, to, d = s->shape.d;
	block_range(s->n_rows, ROW_BLOCK, block, &from, &to);
	optim_step_rows(&s->rule, s->step, s->rows + from, to - from, d, s->factor,
			s->gradient + s->offset[SEQ_ARRAYS] + from * d, state->items, s->m_items, s->v_items);
}

static void take_step(struct seq_stepper *s)
{
	struct seq_state *state = s->m->state;
	double squares = map_gradient(s);
	for (size_t b = 0; b < blocks_of(used(s), SUM_BLOCK); b++)
		squares += s->squares[b];
	s->factor = (float)optim_clip(squares, options_of(s)->learning.clip);
	s->rule = s->bare = learning_rule(&options_of(s)->learning, s->step, s->n_steps);
	s->bare.decay = 0;
	for (enum seq_array a = 0; a < SEQ_ARRAYS; a++)
		optim_step(seq_array_decays(a) ? &s->rule : &s->bare, s->step, s->offset[a + 1] - s->offset[a], s->factor,
			   s->gradient + s->offset[a], state->array[a], s->m_dense + s->offset[a], s->v_dense + s->offset[a]);
	if (state->text_width)
		optim_step(&s->rule, s->step, state->text_width * s->shape.d, s->factor, s->dmap, state->map, s->m_map,
			   s->v_map);
	if (state->items)
		pool_run(s->pool, blocks_of(s->n_rows, ROW_BLOCK), rows_block, s);
}

void seq_step(struct seq_stepper *s, const struct seq_window *window, size_t n, double *loss, size_t *n_targets)
{
	s->step++;
	put_batch(s, window, n);
	put_rows(s);
	pool_run(s->pool, blocks_of(s->n_rows, ROW_BLOCK), table_block, s);
	pool_run(s->pool, SHARDS, shard, s);
	pool_run(s->pool, blocks_of(used(s), SUM_BLOCK), sum_block, s);
	take_step(s);
	for (size_t k = 0; k < SHARDS; k++)
		*loss += s->shard_loss[k];
	*n_targets += s->n_targets;
}
