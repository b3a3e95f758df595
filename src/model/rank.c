/* rank.c: see rank.h. A task is a block of users by a span of items; where there are several spans, the best of each
 * are merged, which gives the same as one since every order is by the same keys. */
#include "model/rank.h"
#include "base/mem.h"
#include "linalg/topk.h"

#include <math.h>
#include <string.h>

_Static_assert((int)RANK_BLOCK == (int)TOPK_USERS, "a block of queries is a block of the kernels");

enum {
	SPAN = 1 << 16,           /* items a task */
	TILE = 512,               /* items a call of score(): 128 KiB of scores */
	WAVE_ENTRIES = 1 << 22,   /* keys kept at a time: 32 MiB */
	WAVE_MAX = 1 << 13,
};

/* What one worker needs for a task. */
struct desk {
	struct topk top;
	uint64_t *barred;         /* [SPAN], or items.n where that is smaller */
	float *prepared;          /* what class->prepare fills */
	float *users;             /* [width, RANK_BLOCK], the same transposed */
	float *score;             /* [RANK_BLOCK, TILE] */
};

struct ranker {
	const struct model *m;
	struct rank_options o;
	struct pool *pool;
	size_t n_items, n_spans, width;
	size_t k_span;              /* entries that one span can have */
	uint32_t *place, *at_place; /* of an item in byte order of ids, and back */
	float *vectors;             /* [n_items, width] where the class ranks by dot products */
	uint64_t *outside;          /* [n_items] all bits set for what is no candidate */
	struct desk *desk;          /* one a worker */
	/* the run in progress */
	const struct rank_query *query;
	size_t n;
	uint64_t *key;              /* [n_spans, n, k_span] */
	size_t *n_key;              /* [n_spans, n] */
	struct rank_entry *out;
	size_t *n_out;
};

static size_t count_candidates(const struct ranker *r)
{
	size_t n = 0;
	for (size_t i = 0; i < r->n_items; i++)
		n += !r->outside[i];
	return n;
}

static void set_outside(struct ranker *r, const bool *candidate)
{
	r->outside = MEM_ZNEW(r->n_items, uint64_t);
	for (size_t i = 0; candidate && i < r->n_items; i++)
		r->outside[i] = candidate[i] ? 0 : UINT64_MAX;
}

static void set_places(struct ranker *r)
{
	r->place = MEM_NEW(r->n_items, uint32_t);
	r->at_place = MEM_NEW(r->n_items, uint32_t);
	idmap_rank(&r->m->items, r->place);
	for (size_t i = 0; i < r->n_items; i++)
		r->at_place[r->place[i]] = (uint32_t)i;
}

static void desk_init(struct desk *d, const struct ranker *r)
{
	topk_init(&d->top, r->o.k, r->o.min_score);
	d->barred = MEM_NEW(r->n_items < SPAN ? r->n_items : SPAN, uint64_t);
	d->prepared = mem_alloc(r->m->class->prepare_floats(r->m), RANK_BLOCK * sizeof(float));
	if (r->width)
		d->users = mem_zalloc(r->width, RANK_BLOCK * sizeof(float));
	else
		d->score = MEM_NEW((size_t)RANK_BLOCK * TILE, float);
}

static void desk_release(struct desk *d)
{
	topk_release(&d->top);
	mem_free(d->barred);
	mem_free(d->prepared);
	mem_free(d->users);
	mem_free(d->score);
}

struct ranker *ranker_new(const struct model *m, const struct rank_options *o, struct pool *pool)
{
	struct ranker *r = MEM_ZNEW(1, struct ranker);
	r->m = m;
	r->o = *o;
	r->pool = pool;
	r->n_items = m->items.n;
	r->n_spans = blocks_of(r->n_items, SPAN);
	set_outside(r, o->candidate);
	set_places(r);
	size_t n_candidates = count_candidates(r);
	if (r->o.k > n_candidates)
		r->o.k = n_candidates ? n_candidates : 1;
	r->k_span = r->o.k < SPAN ? r->o.k : SPAN;
	r->width = m->class->dot_width ? m->class->dot_width(m) : 0;
	if (r->width) {
		r->vectors = mem_alloc(r->n_items, r->width * sizeof(float));
		m->class->item_vectors(m, 0, r->n_items, r->vectors);
	}
	r->desk = MEM_ZNEW(pool_size(pool), struct desk);
	for (size_t w = 0; w < pool_size(pool); w++)
		desk_init(&r->desk[w], r);
	return r;
}

void ranker_free(struct ranker *r)
{
	if (!r)
		return;
	for (size_t w = 0; w < pool_size(r->pool); w++)
		desk_release(&r->desk[w]);
	mem_free(r->desk);
	mem_free(r->place);
	mem_free(r->at_place);
	mem_free(r->vectors);
	mem_free(r->outside);
	mem_free(r);
}

size_t ranker_k(const struct ranker *r)
{
	return r->o.k;
}

size_t ranker_wave(const struct ranker *r)
{
	size_t n = WAVE_ENTRIES / r->k_span / (r->n_spans ? r->n_spans : 1) / RANK_BLOCK * RANK_BLOCK;
	return n < RANK_BLOCK ? RANK_BLOCK : n > WAVE_MAX ? WAVE_MAX : n;
}

static void bar(uint64_t *barred, size_t from, size_t to, const uint32_t *item, size_t n, uint64_t bit)
{
	for (size_t i = 0; i < n; i++)
		if (item[i] >= from && item[i] < to)
			barred[item[i] - from] |= bit;
}

/* Who must not get which of the items [from, to). */
static void set_barred(const struct ranker *r, const struct rank_query *q, size_t n_q, size_t from, size_t to,
		       uint64_t *barred)
{
	const struct csr *history = &r->m->history;
	memcpy(barred, r->outside + from, (to - from) * sizeof *barred);
	for (size_t u = 0; u < n_q; u++) {
		uint64_t bit = UINT64_C(1) << u;
		uint32_t user = q[u].query.user;
		bar(barred, from, to, q[u].barred, q[u].n_barred, bit);
		if (r->o.keep_seen)
			continue;
		bar(barred, from, to, q[u].query.item, q[u].query.n, bit);
		if (user != IDMAP_NONE && user < history->n_rows)
			bar(barred, from, to, history->column + history->start[user],
			    history->start[user + 1] - history->start[user], bit);
	}
}

static void transpose(const float *rows, size_t n_rows, size_t width, float *out)
{
	for (size_t u = 0; u < RANK_BLOCK; u++)
		for (size_t k = 0; k < width; k++)
			out[k * RANK_BLOCK + u] = u < n_rows ? rows[u * width + k] : 0;
}

static void rank_by_dots(const struct ranker *r, struct desk *d, size_t n_q, size_t from, size_t to)
{
	transpose(d->prepared, n_q, r->width, d->users);
	topk_dots(cpu_level(), &d->top, d->users, n_q, r->vectors + from * r->width, r->width, to - from,
		  r->place + from, d->barred);
}

static void rank_by_score(const struct ranker *r, struct desk *d, const struct query *query, size_t n_q, size_t from,
			  size_t to)
{
	for (size_t i = from; i < to; i += TILE) {
		size_t end = to - i < TILE ? to : i + TILE;
		r->m->class->score(r->m, query, n_q, d->prepared, i, end, d->score, TILE);
		topk_scan(&d->top, n_q, d->score, TILE, end - i, r->place + i, d->barred + (i - from));
	}
}

static void run_task(void *context, size_t block, size_t worker)
{
	struct ranker *r = context;
	struct desk *d = &r->desk[worker];
	size_t span = block % r->n_spans, q0, q1, i0, i1;
	block_range(r->n, RANK_BLOCK, block / r->n_spans, &q0, &q1);
	block_range(r->n_items, SPAN, span, &i0, &i1);
	struct query query[RANK_BLOCK];
	for (size_t u = q0; u < q1; u++)
		query[u - q0] = r->query[u].query;
	set_barred(r, r->query + q0, q1 - q0, i0, i1, d->barred);
	topk_reset(&d->top, r->o.min_score);
	r->m->class->prepare(r->m, query, q1 - q0, d->prepared);
	if (r->width)
		rank_by_dots(r, d, q1 - q0, i0, i1);
	else
		rank_by_score(r, d, query, q1 - q0, i0, i1);
	for (size_t u = q0; u < q1; u++) {
		size_t n = d->top.n[u - q0], at = span * r->n + u;
		r->n_key[at] = n;
		memcpy(r->key + at * r->k_span, topk_sorted(&d->top, u - q0), n * sizeof *r->key);
	}
}

/* The best of all spans of a block of queries, as entries. */
static void merge_task(void *context, size_t block, size_t worker)
{
	struct ranker *r = context;
	struct topk *top = &r->desk[worker].top;
	size_t q0, q1, k = r->o.k;
	block_range(r->n, RANK_BLOCK, block, &q0, &q1);
	topk_reset(top, -INFINITY);
	for (size_t u = q0; u < q1; u++) {
		for (size_t span = 0; span < r->n_spans; span++)
			for (size_t i = 0; i < r->n_key[span * r->n + u]; i++)
				topk_offer(top, u - q0, r->key[(span * r->n + u) * r->k_span + i]);
		const uint64_t *best = topk_sorted(top, u - q0);
		r->n_out[u] = top->n[u - q0];
		for (size_t i = 0; i < r->n_out[u]; i++)
			r->out[u * k + i] = (struct rank_entry){ r->at_place[topk_key_place(best[i])], topk_key_score(best[i]) };
	}
}

void ranker_run(struct ranker *r, const struct rank_query *q, size_t n, struct rank_entry *out, size_t *n_out)
{
	r->query = q;
	r->n = n;
	r->out = out;
	r->n_out = n_out;
	r->key = mem_alloc(r->n_spans * n, r->k_span * sizeof *r->key);
	r->n_key = MEM_NEW(r->n_spans * n, size_t);
	pool_run(r->pool, blocks_of(n, RANK_BLOCK) * r->n_spans, run_task, r);
	pool_run(r->pool, blocks_of(n, RANK_BLOCK), merge_task, r);
	mem_free(r->key);
	mem_free(r->n_key);
}
