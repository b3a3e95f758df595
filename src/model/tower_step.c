/* tower_step.c: see tower_step.h.
 *
 * A step is one batch or, with --accumulate, several, whose gradients are added up: those of the dense weights and of the
 * head where the shards have them, those of rows by row.
 *
 * The distinct users and items of a batch go through the towers once, however many events they have in it. Events are
 * put in order of their users, so that a shard owns the gradients of its users' outputs; those of the items' outputs, of
 * the dense weights and of the head are summed in the order of the shards, whose number is fixed: the same bytes at any
 * -j. */
#include "model/tower_step.h"
#include "base/mem.h"
#include "io/arrays.h"
#include "model/sampler.h"

enum { SHARDS = 8, ROW_BLOCK = 128 };
enum { STREAM_NEGATIVES = 0x70e0, STREAM_DROPOUT = 0x70e1, STREAM_IDS = 0x70e2 };

/* Rows of a table with their gradients, in the order in which the batches of a step touch them. */
struct touched {
	uint32_t *row, *slot;              /* [room], [rows of the table] place in row, or TOWER_UNKNOWN */
	float *d;                          /* [room, E] */
	size_t n, room, E, n_table;
};

/* One tower in a batch. */
struct half {
	struct tower_shape shape;
	struct tower_weights w;
	struct tower_rows rows;
	size_t net_size, ids_size, room;
	uint32_t *entity, *slot;           /* [room], [entities] row in the batch, or TOWER_UNKNOWN */
	uint8_t *bare;
	struct touched ids, values;        /* of the step */
	float *dnet;                       /* [SHARDS, net_size] */
	float *m_ids, *v_ids, *m_values, *v_values, *m_net, *v_net;
	double squares;
};

struct tower_stepper {
	struct model *m;
	struct pool *pool;
	const struct tower_events *ev;
	uint64_t seed;
	size_t step, n_steps, n_batches;
	bool fresh;                        /* the batch is the first of its step */
	struct half half[TOWER_SIDES];
	struct sampler sampler;            /* items with events */
	size_t n_drawn;                    /* distinct items drawn for the batch */
	float *item_log_q, *log_q;         /* log of the chance to be among the competitors, by item and by row */
	/* the batch, in order of users */
	size_t room;
	uint32_t *user, *item, *first;
	float *target;
	struct tower_pairs pairs;
	struct tower_loss loss;
	struct tower_join join;
	size_t shard_start[SHARDS + 1];
	double shard_loss[SHARDS];
	float *ditem, *djoin;              /* [SHARDS, items of the batch, outputs], [SHARDS, width] */
	size_t ditem_room;
	float **scratch;                   /* by worker */
	size_t scratch_room;
	float *m_join, *v_join;
	float factor;
	struct optim rule, bare;           /* with decay, and without */
};

static const struct tower_options *options_of(const struct tower_stepper *s)
{
	return s->m->options;
}

/* ---- what can be drawn ---- */

/* log of the chance that an item is among `draws` draws of chance p. */
static float log_count(double draws, double p)
{
	return (float)log(-expm1(draws * log1p(-fmin(p, 1 - 1e-9))));
}

static void set_counts(struct tower_stepper *s)
{
	const struct tower_options *o = options_of(s);
	sampler_init(&s->sampler, s->ev->item, s->ev->n, s->m->items.n, o->negatives ? o->popularity : 1);
	for (size_t j = 0; j < s->sampler.n; j++)
		s->item_log_q[s->sampler.item[j]] =
			log_count((double)(o->negatives ? o->negatives : o->batch), sampler_share(&s->sampler, j));
}

/* ---- rows that a step touches ---- */

static struct touched touched_new(size_t n_table, size_t E)
{
	struct touched t = { .slot = MEM_NEW(n_table, uint32_t), .E = E, .n_table = n_table };
	memset(t.slot, 0xff, n_table * sizeof *t.slot);
	return t;
}

static void touched_release(struct touched *t)
{
	mem_free(t->row);
	mem_free(t->slot);
	mem_free(t->d);
}

static void touched_clear(struct touched *t)
{
	for (size_t i = 0; i < t->n; i++)
		t->slot[t->row[i]] = TOWER_UNKNOWN;
	t->n = 0;
}

/* Its place; a row that comes new has a gradient of zeros. */
static size_t touch(struct touched *t, uint32_t row)
{
	if (t->slot[row] != TOWER_UNKNOWN)
		return t->slot[row];
	if (t->n == t->room) {
		t->room = mem_grow(t->room, t->n + 1);
		t->row = mem_resize(t->row, t->n, t->room, sizeof *t->row);
		t->d = mem_resize(t->d, t->n * t->E, t->room * t->E, sizeof *t->d);
	}
	memset(t->d + t->n * t->E, 0, t->E * sizeof *t->d);
	t->row[t->n] = row;
	return t->slot[row] = (uint32_t)t->n++;
}

/* ---- making ---- */

static void half_init(struct half *h, const struct model *m, int side)
{
	*h = (struct half){ .shape = tower_shape_of(m, side), .w = tower_weights_of(m, side) };
	size_t E = h->shape.E, N = tower_ids(m, side)->n, V = h->shape.n_values;
	h->net_size = tower_net_size(&h->shape);
	h->ids_size = N * E;
	tower_rows_init(&h->rows, m, side);
	h->slot = MEM_NEW(N, uint32_t);
	memset(h->slot, 0xff, N * sizeof *h->slot);
	h->ids = touched_new(N, E);
	h->values = touched_new(V, E);
	h->dnet = mem_alloc(SHARDS, h->net_size * sizeof(float));
	float **moments[] = { &h->m_ids, &h->v_ids, &h->m_values, &h->v_values, &h->m_net, &h->v_net };
	size_t sizes[] = { h->ids_size, h->ids_size, V * E, V * E, h->net_size, h->net_size };
	for (size_t i = 0; i < 6; i++)
		*moments[i] = MEM_ZNEW(sizes[i], float);
}

static void half_release(struct half *h)
{
	tower_rows_release(&h->rows, &h->shape);
	touched_release(&h->ids);
	touched_release(&h->values);
	void *each[] = { h->entity, h->slot, h->bare, h->dnet, h->m_ids, h->v_ids, h->m_values, h->v_values, h->m_net, h->v_net };
	for (size_t i = 0; i < sizeof each / sizeof *each; i++)
		mem_free(each[i]);
}

struct tower_stepper *tower_stepper_new(struct model *m, const struct tower_events *ev, size_t n_steps, uint64_t seed,
					struct pool *pool)
{
	const struct tower_options *o = m->options;
	struct tower_stepper *s = MEM_ZNEW(1, struct tower_stepper);
	*s = (struct tower_stepper){ .m = m, .pool = pool, .ev = ev, .seed = seed, .n_steps = n_steps,
				     .join = tower_join_of(m),
				     .item_log_q = MEM_ZNEW(m->items.n, float) };
	for (int side = 0; side < TOWER_SIDES; side++)
		half_init(&s->half[side], m, side);
	set_counts(s);
	s->loss.kind = (enum tower_loss_kind)o->loss;
	s->loss.delta = (float)o->delta;
	s->djoin = mem_alloc(SHARDS, s->join.width * sizeof(float));
	s->m_join = MEM_ZNEW(s->join.width, float);
	s->v_join = MEM_ZNEW(s->join.width, float);
	s->scratch = MEM_ZNEW(pool_size(pool), float *);
	return s;
}

static void half_state(const struct half *h, const char *prefix, struct arrays *a)
{
	size_t n_values = h->shape.n_values * h->shape.E;
	a->prefix = prefix;
	arrays_add(a, "ids.m", DT_F32, h->ids_size, h->m_ids);
	arrays_add(a, "ids.v", DT_F32, h->ids_size, h->v_ids);
	arrays_add(a, "values.m", DT_F32, n_values, h->m_values);
	arrays_add(a, "values.v", DT_F32, n_values, h->v_values);
	arrays_add(a, "net.m", DT_F32, h->net_size, h->m_net);
	arrays_add(a, "net.v", DT_F32, h->net_size, h->v_net);
}

void tower_stepper_state(struct tower_stepper *s, struct arrays *a)
{
	arrays_add(a, "step", DT_U64, 1, &s->step);
	arrays_add(a, "batches", DT_U64, 1, &s->n_batches);
	arrays_add(a, "join.m", DT_F32, s->join.width, s->m_join);
	arrays_add(a, "join.v", DT_F32, s->join.width, s->v_join);
	half_state(&s->half[TOWER_USERS], "learner.user.", a);
	half_state(&s->half[TOWER_ITEMS], "learner.item.", a);
}

void tower_stepper_free(struct tower_stepper *s)
{
	if (!s)
		return;
	for (int side = 0; side < TOWER_SIDES; side++)
		half_release(&s->half[side]);
	sampler_release(&s->sampler);
	for (size_t i = 0; i < pool_size(s->pool); i++)
		mem_free(s->scratch[i]);
	void *each[] = { s->item_log_q, s->log_q, s->user, s->item, s->first, s->target, s->ditem,
			 s->djoin, s->scratch, s->m_join, s->v_join };
	for (size_t i = 0; i < sizeof each / sizeof *each; i++)
		mem_free(each[i]);
	mem_free(s);
}

/* ---- a batch ---- */

static void half_room(struct half *h, size_t n)
{
	if (n <= h->room)
		return;
	tower_rows_release(&h->rows, &h->shape);
	tower_rows_room(&h->rows, &h->shape, n, true);
	h->entity = mem_resize(h->entity, h->rows.n, n, sizeof *h->entity);
	h->bare = mem_resize(h->bare, 0, n, sizeof *h->bare);
	h->room = n;
	h->rows.entity = h->entity;
	h->rows.bare = h->bare;
}

static void half_empty(struct half *h)
{
	for (size_t i = 0; i < h->rows.n; i++)
		h->slot[h->entity[i]] = TOWER_UNKNOWN;
	h->rows.n = 0;
}

static uint32_t add_entity(struct half *h, uint32_t entity)
{
	if (h->slot[entity] == TOWER_UNKNOWN) {
		h->slot[entity] = (uint32_t)h->rows.n;
		h->entity[h->rows.n++] = entity;
	}
	return h->slot[entity];
}

/* Whose ids are left out, so that the features learn to speak for themselves. */
static void drop_ids(struct tower_stepper *s, int side)
{
	struct half *h = &s->half[side];
	struct rng r;
	rng_init(&r, s->seed, rng_mix(s->n_batches * TOWER_SIDES + (size_t)side) ^ STREAM_IDS);
	for (size_t i = 0; i < h->rows.n; i++)
		h->bare[i] = rng_unit(&r) < options_of(s)->id_dropout;
}

static void draw_items(struct tower_stepper *s)
{
	struct rng r;
	rng_init(&r, s->seed, rng_mix(s->n_batches) ^ STREAM_NEGATIVES);
	for (size_t k = 0; k < options_of(s)->negatives; k++)
		(void)add_entity(&s->half[TOWER_ITEMS], sampler_draw(&s->sampler, &r));
	s->n_drawn = s->half[TOWER_ITEMS].rows.n;
}

static void batch_room(struct tower_stepper *s, size_t n)
{
	size_t n_items = n + options_of(s)->negatives;
	half_room(&s->half[TOWER_USERS], n);
	half_room(&s->half[TOWER_ITEMS], n_items);
	if (n <= s->room)
		return;
	s->user = mem_resize(s->user, 0, n, sizeof *s->user);
	s->item = mem_resize(s->item, 0, n, sizeof *s->item);
	s->first = mem_resize(s->first, 0, n + 1, sizeof *s->first);
	s->target = mem_resize(s->target, 0, n, sizeof *s->target);
	s->log_q = mem_resize(s->log_q, 0, n_items, sizeof *s->log_q);
	s->room = n;
}

/* The events in order of their users' rows: a counting sort. */
static void sort_pairs(struct tower_stepper *s, const uint32_t *row, size_t n)
{
	const struct tower_events *ev = s->ev;
	const uint32_t *user = s->half[TOWER_USERS].slot, *item = s->half[TOWER_ITEMS].slot;
	memset(s->first, 0, (s->half[TOWER_USERS].rows.n + 1) * sizeof *s->first);
	for (size_t i = 0; i < n; i++)
		s->first[user[ev->user[row[i]]] + 1]++;
	for (size_t u = 0; u < s->half[TOWER_USERS].rows.n; u++)
		s->first[u + 1] += s->first[u];
	for (size_t i = 0; i < n; i++) {
		size_t at = s->first[user[ev->user[row[i]]]]++;
		s->user[at] = user[ev->user[row[i]]];
		s->item[at] = item[ev->item[row[i]]];
		s->target[at] = ev->target[row[i]];
	}
	s->pairs = (struct tower_pairs){ n, s->user, s->item, s->target };
}

/* Borders of the shards, moved to where the user changes. */
static void cut_shards(struct tower_stepper *s)
{
	size_t n = s->pairs.n, at = 0;
	for (size_t k = 0; k < SHARDS; k++) {
		at = n * k / SHARDS > at ? n * k / SHARDS : at;
		while (at > 0 && at < n && s->user[at] == s->user[at - 1])
			at++;
		s->shard_start[k] = at;
	}
	s->shard_start[SHARDS] = n;
}

static void put_batch(struct tower_stepper *s, const uint32_t *row, size_t n)
{
	struct half *items = &s->half[TOWER_ITEMS];
	half_empty(&s->half[TOWER_USERS]);
	half_empty(items);
	batch_room(s, n);
	if (s->ev->ranked)
		draw_items(s);
	for (size_t i = 0; i < n; i++) {
		(void)add_entity(&s->half[TOWER_USERS], s->ev->user[row[i]]);
		(void)add_entity(items, s->ev->item[row[i]]);
	}
	drop_ids(s, TOWER_USERS);
	drop_ids(s, TOWER_ITEMS);
	sort_pairs(s, row, n);
	cut_shards(s);
	for (size_t i = 0; i < items->rows.n; i++)
		s->log_q[i] = s->item_log_q[items->entity[i]];
	s->loss.log_q = s->log_q;
	s->loss.n_others = !s->ev->ranked ? 0 : options_of(s)->negatives ? s->n_drawn : items->rows.n;
}

/* ---- forward and backward ---- */

static void shard_rows(const struct half *h, size_t k, size_t *from, size_t *to)
{
	*from = h->rows.n * k / SHARDS;
	*to = h->rows.n * (k + 1) / SHARDS;
}

static void forward_block(void *context, size_t block, size_t worker)
{
	(void)worker;
	struct tower_stepper *s = context;
	struct half *h = &s->half[block / SHARDS];
	struct rng r;
	size_t from, to;
	rng_init(&r, s->seed, rng_mix(s->n_batches * TOWER_SIDES * SHARDS + block) ^ STREAM_DROPOUT);
	shard_rows(h, block % SHARDS, &from, &to);
	tower_forward(&h->shape, &h->w, &h->rows, from, to, options_of(s)->dropout, &r);
}

static float *worker_scratch(struct tower_stepper *s, size_t worker)
{
	if (!s->scratch[worker])
		s->scratch[worker] = MEM_NEW(s->scratch_room, float);
	return s->scratch[worker];
}

/* Room for the head, which depends on the items of the batch. */
static void head_room(struct tower_stepper *s)
{
	size_t W = s->join.width, need = s->half[TOWER_ITEMS].rows.n * W, scratch = tower_scratch(W, s->loss.n_others);
	if (need > s->ditem_room) {
		mem_free(s->ditem);
		s->ditem_room = mem_grow(s->ditem_room, need);
		s->ditem = mem_alloc(SHARDS, s->ditem_room * sizeof(float));
	}
	if (scratch <= s->scratch_room)
		return;
	s->scratch_room = mem_grow(s->scratch_room, scratch);
	for (size_t i = 0; i < pool_size(s->pool); i++) {
		mem_free(s->scratch[i]);
		s->scratch[i] = NULL;
	}
}

static void head_block(void *context, size_t k, size_t worker)
{
	struct tower_stepper *s = context;
	const struct tower_rows *u = &s->half[TOWER_USERS].rows, *i = &s->half[TOWER_ITEMS].rows;
	size_t L = s->half[TOWER_USERS].shape.L, W = s->join.width, from = s->shard_start[k], to = s->shard_start[k + 1];
	struct tower_outputs o = { u->h[L], i->h[L], u->d[L], s->ditem + k * i->n * W, s->djoin + k * W };
	memset(o.ditem, 0, i->n * W * sizeof(float));
	if (s->fresh)
		memset(o.dw, 0, W * sizeof(float));
	for (size_t p = from; p < to; p++)
		memset(o.duser + s->user[p] * W, 0, W * sizeof(float));
	s->shard_loss[k] = tower_learn(&s->join, &s->loss, &s->pairs, from, to, &o, worker_scratch(s, worker));
}

static void item_block(void *context, size_t block, size_t worker)
{
	(void)worker;
	struct tower_stepper *s = context;
	struct tower_rows *r = &s->half[TOWER_ITEMS].rows;
	size_t from, to, W = s->join.width, L = s->half[TOWER_ITEMS].shape.L;
	block_range(r->n, ROW_BLOCK, block, &from, &to);
	float *d = r->d[L];
	memcpy(d + from * W, s->ditem + from * W, (to - from) * W * sizeof *d);
	for (size_t k = 1; k < SHARDS; k++) {
		const float *x = s->ditem + k * r->n * W;
		for (size_t i = from * W; i < to * W; i++)
			d[i] += x[i];
	}
}

static void backward_block(void *context, size_t block, size_t worker)
{
	(void)worker;
	struct tower_stepper *s = context;
	struct half *h = &s->half[block / SHARDS];
	float *dnet = h->dnet + block % SHARDS * h->net_size;
	size_t from, to;
	if (s->fresh)
		memset(dnet, 0, h->net_size * sizeof *dnet);
	shard_rows(h, block % SHARDS, &from, &to);
	tower_backward(&h->shape, &h->w, &h->rows, from, to, options_of(s)->dropout, dnet);
}

/* Gradients of the values and of the ids that the batch has, added to those of the step. */
static void gather_block(void *context, size_t side, size_t worker)
{
	(void)worker;
	struct tower_stepper *s = context;
	struct half *h = &s->half[side];
	const struct tower_rows *r = &h->rows;
	size_t E = h->shape.E;
	for (size_t i = 0; i < r->n; i++) {
		if (r->bare[i])
			(void)touch(&h->values, 0);
		for (size_t k = r->start[r->entity[i]]; k < r->start[r->entity[i] + 1]; k++)
			(void)touch(&h->values, 1 + r->value[k]);
	}
	tower_values_backward(&h->shape, r, h->values.slot, h->values.d);
	for (size_t i = 0; i < r->n; i++) {
		if (r->bare[i])
			continue;
		size_t at = touch(&h->ids, r->entity[i]);
		float *d = h->ids.d + at * E;
		for (size_t k = 0; k < E; k++)
			d[k] += r->d[0][i * E + k];
	}
}

static double learn_batch(struct tower_stepper *s, const uint32_t *row, size_t n)
{
	double loss = 0;
	s->n_batches++;
	put_batch(s, row, n);
	head_room(s);
	pool_run(s->pool, TOWER_SIDES * SHARDS, forward_block, s);
	pool_run(s->pool, SHARDS, head_block, s);
	pool_run(s->pool, blocks_of(s->half[TOWER_ITEMS].rows.n, ROW_BLOCK), item_block, s);
	pool_run(s->pool, TOWER_SIDES * SHARDS, backward_block, s);
	pool_run(s->pool, TOWER_SIDES, gather_block, s);
	for (size_t k = 0; k < SHARDS; k++)
		loss += s->shard_loss[k];
	return loss;
}

/* ---- the step ---- */

/* One side's gradients as a whole, and their squares. */
static void sum_block(void *context, size_t side, size_t worker)
{
	(void)worker;
	struct tower_stepper *s = context;
	struct half *h = &s->half[side];
	for (size_t k = 1; k < SHARDS; k++) {
		const float *x = h->dnet + k * h->net_size;
		for (size_t i = 0; i < h->net_size; i++)
			h->dnet[i] += x[i];
	}
	h->squares = 0;
	optim_squares(h->net_size, h->dnet, &h->squares);
	optim_squares(h->values.n * h->shape.E, h->values.d, &h->squares);
	optim_squares(h->ids.n * h->shape.E, h->ids.d, &h->squares);
}

static void step_net(const struct tower_stepper *s, struct half *h)
{
	const struct tower_shape *shape = &h->shape;
	for (size_t at = 0, end, l = 0; l <= shape->L; l++, at = end) { /* 0 is M, which has no bias */
		end = tower_weight_at(shape, l + 1);
		size_t bias = l ? tower_bias_at(shape, l) : end;
		optim_step(&s->rule, s->step, bias - at, s->factor, h->dnet + at, h->w.net + at, h->m_net + at, h->v_net + at);
		optim_step(&s->bare, s->step, end - bias, s->factor, h->dnet + bias, h->w.net + bias, h->m_net + bias,
			   h->v_net + bias);
	}
	optim_step_rows(&s->rule, s->step, h->values.row, h->values.n, shape->E, s->factor, h->values.d, h->w.values, h->m_values,
			h->v_values);
}

static void step_block(void *context, size_t block, size_t worker)
{
	(void)worker;
	struct tower_stepper *s = context;
	size_t n_user_blocks = blocks_of(s->half[TOWER_USERS].ids.n, ROW_BLOCK), from, to;
	if (block < TOWER_SIDES) {
		step_net(s, &s->half[block]);
		return;
	}
	block -= TOWER_SIDES;
	struct half *h = &s->half[block < n_user_blocks ? TOWER_USERS : TOWER_ITEMS];
	block_range(h->ids.n, ROW_BLOCK, block < n_user_blocks ? block : block - n_user_blocks, &from, &to);
	optim_step_rows(&s->rule, s->step, h->ids.row + from, to - from, h->shape.E, s->factor, h->ids.d + from * h->shape.E,
			h->w.ids, h->m_ids, h->v_ids);
}

/* The head's own weights: those of mlp. */
static double sum_join(struct tower_stepper *s, size_t n)
{
	double squares = 0;
	for (size_t k = 1; k < SHARDS; k++)
		for (size_t i = 0; i < n; i++)
			s->djoin[i] += s->djoin[k * s->join.width + i];
	optim_squares(n, s->djoin, &squares);
	return squares;
}

static void take_step(struct tower_stepper *s)
{
	const struct learning *o = &options_of(s)->learning;
	struct tower_state *state = s->m->state;
	size_t n_join = s->join.head == TOWER_MLP ? s->join.width - 1 : 0, n_blocks = TOWER_SIDES;
	double squares = sum_join(s, n_join);
	for (int side = 0; side < TOWER_SIDES; side++) {
		squares += s->half[side].squares;
		n_blocks += blocks_of(s->half[side].ids.n, ROW_BLOCK);
	}
	s->factor = (float)optim_clip(squares, o->clip);
	s->rule = s->bare = learning_rule(o, s->step, s->n_steps);
	s->bare.decay = 0;
	optim_step(&s->rule, s->step, n_join, s->factor, s->djoin, state->join, s->m_join, s->v_join);
	pool_run(s->pool, n_blocks, step_block, s);
}

double tower_step(struct tower_stepper *s, const uint32_t *row, size_t n)
{
	size_t batch = options_of(s)->batch;
	double loss = 0;
	s->step++;
	s->loss.scale = 1 / (float)n;
	for (int side = 0; side < TOWER_SIDES; side++) {
		touched_clear(&s->half[side].ids);
		touched_clear(&s->half[side].values);
	}
	for (size_t i = 0; i < n; i += batch) {
		s->fresh = i == 0;
		loss += learn_batch(s, row + i, n - i < batch ? n - i : batch);
	}
	pool_run(s->pool, TOWER_SIDES, sum_block, s);
	take_step(s);
	return loss;
}
