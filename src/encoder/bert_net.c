/* bert_net.c: see bert_net.h.
 *
 * On the way back the gradient of a matrix's output takes the place of what forward saved there and backward has used up:
 * that of queries, keys and values lies in qkv, that of W_o in z1, of W_1 in up, of W_2 in z2. */
#include "encoder/bert_net.h"
#include "base/mem.h"
#include "nn/attention.h"
#include "nn/dropout.h"
#include "nn/layernorm.h"
#include "nn/linear.h"
#include "nn/lora.h"

enum { BLOCK_TOKENS = 128, COLUMNS = 64 };

/* A matrix of a layer: its adapters, and how many pieces of d outputs it is made of. */
struct matrix {
	enum bert_array w, bias, a, b;
};
enum { QKV, OUT, UP, DOWN, MATRICES };
static const struct matrix matrices[MATRICES] = {
	{ BERT_QKV, BERT_QKV_BIAS, BERT_QKV_A, BERT_QKV_B },
	{ BERT_OUT, BERT_OUT_BIAS, BERT_OUT_A, BERT_OUT_B },
	{ BERT_UP, BERT_UP_BIAS, BERT_UP_A, BERT_UP_B },
	{ BERT_DOWN, BERT_DOWN_BIAS, BERT_DOWN_A, BERT_DOWN_B },
};

/* ---- shapes ---- */

static size_t outputs_of(const struct bert_shape *s, size_t m)
{
	return m == QKV ? 3 * s->d : m == UP ? s->inner : s->d;
}

static size_t inputs_of(const struct bert_shape *s, size_t m)
{
	return m == DOWN ? s->inner : s->d;
}

static size_t rank_of(const struct bert_shape *s, size_t m)
{
	return m == QKV || m == OUT ? s->rank : s->inner_rank;
}

/* Adapters of one matrix: those of query, key and value learn apart. */
static size_t adapters_of(size_t m)
{
	return m == QKV ? 3 : 1;
}

size_t bert_array_width(const struct bert_shape *s, enum bert_array a)
{
	for (size_t m = 0; m < MATRICES; m++) {
		size_t out = outputs_of(s, m), in = inputs_of(s, m), rank = rank_of(s, m);
		if (a == matrices[m].w)
			return out * in;
		if (a == matrices[m].bias)
			return out;
		if (a == matrices[m].a)
			return adapters_of(m) * rank * in;
		if (a == matrices[m].b)
			return out * rank;
	}
	return a == BERT_WORDS ? s->V * s->d : a == BERT_POSITIONS ? s->P * s->d : a == BERT_TYPES ? s->S * s->d : 2 * s->d;
}

bool bert_array_layered(enum bert_array a)
{
	return a >= BERT_QKV;
}

bool bert_array_decays(enum bert_array a)
{
	return a != BERT_NORM && a != BERT_NORM1 && a != BERT_NORM2 && a != BERT_QKV_BIAS && a != BERT_OUT_BIAS &&
	       a != BERT_UP_BIAS && a != BERT_DOWN_BIAS;
}

size_t bert_array_size(const struct bert_shape *s, enum bert_array a)
{
	return bert_array_width(s, a) * (bert_array_layered(a) ? s->L : 1);
}

/* ---- memory ---- */

/* What forward saves of a layer, for all tokens of a chunk. */
struct saved {
	real *x, *qkv, *weights, *mixed, *z1, *stats1, *x1, *up, *act, *z2, *stats2;
	uint8_t *mask_weights, *mask_mixed, *mask_down; /* valid where the layer drops out */
};

/* What one worker needs for a block. */
struct work {
	real *y, *dx, *wide, *square; /* [B, d] twice, [B, max(3d, inner)], [2, T, T] */
	real *rank;                   /* [n, the larger rank] */
};

/* Gradients of the arrays that are no matrices: each block sums its own, [2d] of the embeddings' norm, then layers. */
static const enum bert_array vectors[] = { BERT_QKV_BIAS, BERT_OUT_BIAS, BERT_NORM1, BERT_UP_BIAS, BERT_DOWN_BIAS, BERT_NORM2 };
enum { VECTORS = sizeof vectors / sizeof *vectors };

struct bert_net {
	struct bert_shape s;
	size_t n, T, first;
	struct pool *pool;
	struct saved *layer;            /* [L]; those below `first` are the same memory */
	real *z0, *stats0, *h;
	uint8_t *mask0;
	struct work *work;              /* [workers] */
	size_t n_blocks, *block_start;  /* [n_blocks + 1], texts */
	size_t *square;                 /* [n_texts + 1], where the attention weights of a text begin */
	size_t vectors_each;            /* of a layer */
	real *vectors;                  /* [n_blocks, 2d + (L - first) vectors_each] */
	real *values;
	uint8_t *masks;
	/* the call */
	real *const *w, *const *dw;
	const struct bert_batch *b;
	const real *dh;
	double p;
	uint64_t seed;
};

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static size_t block_room(const struct bert_net *r)
{
	return r->n < BLOCK_TOKENS + r->T ? r->n : BLOCK_TOKENS + r->T;
}

static size_t most_weights(const struct bert_net *r)
{
	return r->s.H * r->n * r->T;
}

static size_t vectors_stride(const struct bert_net *r)
{
	return 2 * r->s.d + (r->s.L - r->first) * r->vectors_each;
}

static real *cut(real **at, size_t n)
{
	real *p = *at;
	*at += n + (NN_LANES - n % NN_LANES) % NN_LANES;
	return p;
}

static void lay_out_layer(const struct bert_net *r, struct saved *v, real **at)
{
	size_t nd = r->n * r->s.d, wide = r->n * r->s.inner;
	*v = (struct saved){ .x = cut(at, nd), .qkv = cut(at, 3 * nd), .weights = cut(at, most_weights(r)),
			     .mixed = cut(at, nd), .z1 = cut(at, nd), .stats1 = cut(at, 2 * r->n), .x1 = cut(at, nd),
			     .up = cut(at, wide), .act = cut(at, wide), .z2 = cut(at, nd), .stats2 = cut(at, 2 * r->n) };
}

/* Lay out everything from `base` on; called once to count and once to place. */
static size_t lay_out(struct bert_net *r, real *base)
{
	real *at = base;
	const struct bert_shape *s = &r->s;
	size_t room = block_room(r);
	for (size_t l = 0; l < s->L; l++) {
		if (l > 0 && l < r->first)
			r->layer[l] = r->layer[0];
		else
			lay_out_layer(r, &r->layer[l], &at);
	}
	r->z0 = cut(&at, r->n * s->d);
	r->stats0 = cut(&at, 2 * r->n);
	r->h = cut(&at, r->n * s->d);
	for (size_t i = 0; i < pool_size(r->pool); i++)
		r->work[i] = (struct work){ cut(&at, room * s->d), cut(&at, room * s->d),
					    cut(&at, room * larger(3 * s->d, s->inner)), cut(&at, 2 * r->T * r->T),
					    cut(&at, r->n * larger(s->rank, s->inner_rank)) };
	r->vectors = cut(&at, blocks_of(r->n, BLOCK_TOKENS) * vectors_stride(r));
	return (size_t)(at - base);
}

struct bert_net *bert_net_new(const struct bert_shape *s, size_t n, size_t T, size_t first, struct pool *pool)
{
	struct bert_net *r = MEM_ZNEW(1, struct bert_net);
	*r = (struct bert_net){ .s = *s, .n = n, .T = T < n ? T : n, .first = first, .pool = pool,
				.layer = MEM_ZNEW(s->L, struct saved), .work = MEM_NEW(pool_size(pool), struct work),
				.block_start = MEM_NEW(blocks_of(n, BLOCK_TOKENS) + 1, size_t),
				.square = MEM_NEW(n + 1, size_t) };
	for (size_t i = 0; i < VECTORS; i++)
		r->vectors_each += bert_array_width(s, vectors[i]);
	real nothing[1];
	r->values = MEM_NEW(lay_out(r, nothing), real);
	lay_out(r, r->values);
	return r;
}

void bert_net_free(struct bert_net *r)
{
	if (!r)
		return;
	mem_free(r->values);
	mem_free(r->masks);
	mem_free(r->layer);
	mem_free(r->work);
	mem_free(r->block_start);
	mem_free(r->square);
	mem_free(r);
}

/* ---- a chunk as blocks ---- */

/* A block: texts [first, last), tokens [from, from + n). */
struct range {
	size_t first, last, from, n;
};

static struct range range_of(const struct bert_net *r, size_t block)
{
	size_t first = r->block_start[block], last = r->block_start[block + 1];
	return (struct range){ first, last, r->b->start[first], r->b->start[last] - r->b->start[first] };
}

/* Blocks end with the first text that fills them. */
static void cut_blocks(struct bert_net *r)
{
	const size_t *start = r->b->start;
	r->n_blocks = r->block_start[0] = r->square[0] = 0;
	for (size_t i = 0; i < r->b->n_texts; i++) {
		size_t T = start[i + 1] - start[i];
		r->square[i + 1] = r->square[i] + r->s.H * T * T;
		if (start[i + 1] - start[r->block_start[r->n_blocks]] >= BLOCK_TOKENS || i + 1 == r->b->n_texts)
			r->block_start[++r->n_blocks] = i + 1;
	}
}

static void place_masks(struct bert_net *r)
{
	size_t nd = r->n * r->s.d, n_weights = most_weights(r), L = r->s.L - r->first;
	if (r->p == 0 || r->masks)
		return;
	uint8_t *at = r->masks = MEM_NEW(nd + L * (2 * nd + n_weights), uint8_t);
	r->mask0 = at;
	at += nd;
	for (size_t l = r->first; l < r->s.L; l++, at += 2 * nd + n_weights) {
		r->layer[l].mask_mixed = at;
		r->layer[l].mask_down = at + nd;
		r->layer[l].mask_weights = at + 2 * nd;
	}
}

static void draw_masks(struct bert_net *r, size_t block, const struct range *g)
{
	size_t d = r->s.d, at = g->from * d, n = g->n * d;
	struct rng rng;
	rng_init(&rng, r->seed, block);
	dropout_mask(&rng, r->p, n, r->mask0 + at);
	for (size_t l = r->first; l < r->s.L; l++) {
		const struct saved *v = &r->layer[l];
		dropout_mask(&rng, r->p, n, v->mask_mixed + at);
		dropout_mask(&rng, r->p, n, v->mask_down + at);
		dropout_mask(&rng, r->p, r->square[g->last] - r->square[g->first], v->mask_weights + r->square[g->first]);
	}
}

/* The part of a mask that begins at value i, or NULL where layer l does not drop out. */
static const uint8_t *mask_at(const struct bert_net *r, size_t l, const uint8_t *mask, size_t i)
{
	return r->p > 0 && l >= r->first ? mask + i : NULL;
}

static const real *of_layer(const struct bert_net *r, enum bert_array a, size_t l)
{
	return r->w[a] + l * bert_array_width(&r->s, a);
}

/* ---- forward ---- */

static void add_columns(size_t n, const real *x, real *y)
{
	for (size_t k = 0; k < n; k++)
		y[k] += x[k];
}

static void embed(const struct bert_net *r, const struct range *g)
{
	const struct bert_batch *b = r->b;
	size_t d = r->s.d;
	for (size_t i = g->first; i < g->last; i++)
		for (size_t t = b->start[i]; t < b->start[i + 1]; t++) {
			const real *word = r->w[BERT_WORDS] + b->token[t] * d;
			const real *position = r->w[BERT_POSITIONS] + (r->s.offset + t - b->start[i]) * d;
			const real *type = r->s.S ? r->w[BERT_TYPES] + (b->type ? b->type[t] : 0) * d : NULL;
			for (size_t k = 0; k < d; k++)
				r->z0[t * d + k] = word[k] + position[k] + (type ? type[k] : 0);
			if (b->shift)
				add_columns(d, b->shift + t * d, r->z0 + t * d);
		}
}

/* y = drop(x), which may not be the same memory. */
static void dropped(size_t n, const real *x, const uint8_t *mask, double p, real *y)
{
	if (!mask) {
		memcpy(y, x, n * sizeof *y);
		return;
	}
	memset(y, 0, n * sizeof *y);
	dropout_add(n, x, mask, p, y);
}

static void norm(const struct bert_net *r, const struct range *g, const real *z, const real *gain, real *y, real *stats)
{
	size_t d = r->s.d;
	layernorm_forward(g->n, d, z + g->from * d, gain, gain + d, (real)r->s.eps, y, stats + 2 * g->from);
}

static void attend(const struct bert_net *r, size_t l, const struct range *g, struct work *k)
{
	const struct saved *v = &r->layer[l];
	size_t d = r->s.d;
	for (size_t i = g->first; i < g->last; i++) {
		size_t at = r->b->start[i], T = r->b->start[i + 1] - at;
		struct attention a = { T, T, r->s.H, d / r->s.H, false, mask_at(r, l, v->mask_weights, r->square[i]), r->p };
		attention_forward(&a, v->qkv + at * 3 * d, v->weights + r->square[i], v->mixed + at * d, k->square);
	}
}

/* From layer l's x to `next`. */
static void layer_forward(const struct bert_net *r, size_t l, const struct range *g, struct work *k, real *next)
{
	const struct saved *v = &r->layer[l];
	size_t d = r->s.d, inner = r->s.inner, n = g->n, at = g->from * d, wide = g->from * inner;
	linear_forward(n, d, 3 * d, v->x + at, of_layer(r, BERT_QKV, l), of_layer(r, BERT_QKV_BIAS, l), v->qkv + 3 * at);
	attend(r, l, g, k);
	linear_forward(n, d, d, v->mixed + at, of_layer(r, BERT_OUT, l), of_layer(r, BERT_OUT_BIAS, l), k->y);
	memcpy(v->z1 + at, v->x + at, n * d * sizeof *k->y);
	dropout_add(n * d, k->y, mask_at(r, l, v->mask_mixed, at), r->p, v->z1 + at);
	norm(r, g, v->z1, of_layer(r, BERT_NORM1, l), v->x1 + at, v->stats1);
	linear_forward(n, d, inner, v->x1 + at, of_layer(r, BERT_UP, l), of_layer(r, BERT_UP_BIAS, l), v->up + wide);
	activation_forward(r->s.act, n * inner, v->up + wide, v->act + wide);
	linear_forward(n, inner, d, v->act + wide, of_layer(r, BERT_DOWN, l), of_layer(r, BERT_DOWN_BIAS, l), k->y);
	memcpy(v->z2 + at, v->x1 + at, n * d * sizeof *k->y);
	dropout_add(n * d, k->y, mask_at(r, l, v->mask_down, at), r->p, v->z2 + at);
	norm(r, g, v->z2, of_layer(r, BERT_NORM2, l), next + at, v->stats2);
}

static void forward_block(void *context, size_t block, size_t worker)
{
	struct bert_net *r = context;
	struct work *k = &r->work[worker];
	struct range g = range_of(r, block);
	size_t at = g.from * r->s.d;
	if (r->p > 0)
		draw_masks(r, block, &g);
	embed(r, &g);
	norm(r, &g, r->z0, r->w[BERT_NORM], k->y, r->stats0);
	dropped(g.n * r->s.d, k->y, mask_at(r, 0, r->mask0, at), r->p, r->layer[0].x + at);
	for (size_t l = 0; l < r->s.L; l++)
		layer_forward(r, l, &g, k, l + 1 < r->s.L ? r->layer[l + 1].x : r->h);
}

const real *bert_net_forward(struct bert_net *r, real *const w[BERT_ARRAYS], const struct bert_batch *b, double p,
			     uint64_t seed)
{
	r->w = w;
	r->b = b;
	r->p = r->first < r->s.L ? p : 0;
	r->seed = seed;
	cut_blocks(r);
	place_masks(r);
	pool_run(r->pool, r->n_blocks, forward_block, r);
	return r->h;
}

/* ---- backward: what flows to the tokens ---- */

static bool embeddings_learn(const struct bert_net *r)
{
	return r->first == 0 && r->dw[BERT_WORDS];
}

static bool reaches_embeddings(const struct bert_net *r)
{
	return embeddings_learn(r) || r->b->dshift;
}

/* Where a block sums the gradient of vector i of layer l. */
static real *vector_of(const struct bert_net *r, size_t block, size_t l, size_t i)
{
	real *at = r->vectors + block * vectors_stride(r) + 2 * r->s.d + (l - r->first) * r->vectors_each;
	for (size_t k = 0; k < i; k++)
		at += bert_array_width(&r->s, vectors[k]);
	return at;
}

/* dx = the gradient behind the norm, taken through it; z becomes the same through dropout. */
static void back_through_norm(const struct bert_net *r, const struct range *g, const real *gain, const real *stats,
			      const uint8_t *mask, struct work *k, real *z, real *dgain)
{
	size_t d = r->s.d, n = g->n * d;
	memset(k->y, 0, n * sizeof *k->y);
	layernorm_backward(g->n, d, z, gain, stats + 2 * g->from, k->dx, k->y, dgain, dgain + d);
	memcpy(k->dx, k->y, n * sizeof *k->y);
	dropped(n, k->y, mask, r->p, z);
}

/* k->dx: from the gradient of the layer's x1 to that of its x (not where nothing below learns). */
static void attention_part(const struct bert_net *r, size_t l, const struct range *g, struct work *k, size_t block)
{
	const struct saved *v = &r->layer[l];
	size_t d = r->s.d, at = g->from * d;
	back_through_norm(r, g, of_layer(r, BERT_NORM1, l), v->stats1, mask_at(r, l, v->mask_mixed, at), k, v->z1 + at,
			  vector_of(r, block, l, 2));
	column_sums(g->n, d, v->z1 + at, vector_of(r, block, l, 1));
	memset(k->y, 0, g->n * d * sizeof *k->y);
	linear_backward(g->n, d, d, NULL, of_layer(r, BERT_OUT, l), v->z1 + at, k->y, NULL, NULL);
	memset(k->wide, 0, g->n * 3 * d * sizeof *k->wide);
	for (size_t i = g->first; i < g->last; i++) {
		size_t t = r->b->start[i], T = r->b->start[i + 1] - t;
		struct attention a = { T, T, r->s.H, d / r->s.H, false, mask_at(r, l, v->mask_weights, r->square[i]), r->p };
		attention_backward(&a, v->qkv + t * 3 * d, v->weights + r->square[i], k->y + (t - g->from) * d,
				   k->wide + (t - g->from) * 3 * d, k->square);
	}
	memcpy(v->qkv + 3 * at, k->wide, g->n * 3 * d * sizeof *k->wide);
	column_sums(g->n, 3 * d, k->wide, vector_of(r, block, l, 0));
	if (l > r->first || reaches_embeddings(r))
		linear_backward(g->n, d, 3 * d, NULL, of_layer(r, BERT_QKV, l), k->wide, k->dx, NULL, NULL);
}

/* k->dx: from the gradient of the layer's output to that of its x1. */
static void middle_part(const struct bert_net *r, size_t l, const struct range *g, struct work *k, size_t block)
{
	const struct saved *v = &r->layer[l];
	size_t d = r->s.d, inner = r->s.inner, at = g->from * d, wide = g->from * inner;
	back_through_norm(r, g, of_layer(r, BERT_NORM2, l), v->stats2, mask_at(r, l, v->mask_down, at), k, v->z2 + at,
			  vector_of(r, block, l, 5));
	column_sums(g->n, d, v->z2 + at, vector_of(r, block, l, 4));
	memset(k->wide, 0, g->n * inner * sizeof *k->wide);
	linear_backward(g->n, inner, d, NULL, of_layer(r, BERT_DOWN, l), v->z2 + at, k->wide, NULL, NULL);
	activation_backward_over(r->s.act, g->n * inner, k->wide, v->up + wide);
	column_sums(g->n, inner, v->up + wide, vector_of(r, block, l, 3));
	linear_backward(g->n, d, inner, NULL, of_layer(r, BERT_UP, l), v->up + wide, k->dx, NULL, NULL);
}

static void backward_block(void *context, size_t block, size_t worker)
{
	struct bert_net *r = context;
	struct work *k = &r->work[worker];
	struct range g = range_of(r, block);
	size_t d = r->s.d, at = g.from * d;
	real *own = r->vectors + block * vectors_stride(r);
	memset(own, 0, vectors_stride(r) * sizeof *own);
	memcpy(k->dx, r->dh + at, g.n * d * sizeof *k->dx);
	for (size_t l = r->s.L; l-- > r->first;) {
		middle_part(r, l, &g, k, block);
		attention_part(r, l, &g, k, block);
	}
	if (!reaches_embeddings(r))
		return;
	dropped(g.n * d, k->dx, mask_at(r, 0, r->mask0, at), r->p, k->y);
	memcpy(k->dx, k->y, g.n * d * sizeof *k->dx);
	back_through_norm(r, &g, r->w[BERT_NORM], r->stats0, NULL, k, r->z0 + at, own);
	if (r->b->dshift)
		memcpy(r->b->dshift + at, r->z0 + at, g.n * d * sizeof *r->z0);
}

/* ---- backward: what the arrays get ---- */

/* A matrix without adapters is cut into pieces of d outputs, or as many as it has adapters. */
static size_t pieces_of(const struct bert_shape *s, size_t m)
{
	return rank_of(s, m) ? adapters_of(m) : blocks_of(outputs_of(s, m), s->d);
}

static size_t pieces_of_layer(const struct bert_shape *s)
{
	return pieces_of(s, QKV) + pieces_of(s, OUT) + pieces_of(s, UP) + pieces_of(s, DOWN);
}

/* The matrix and piece that task is, of the pieces of a layer. */
static size_t matrix_of(const struct bert_shape *s, size_t *task)
{
	size_t m = 0;
	while (*task >= pieces_of(s, m))
		*task -= pieces_of(s, m++);
	return m;
}

static real *gradient_of(const struct bert_net *r, enum bert_array a, size_t l)
{
	return r->dw[a] + (l - r->first) * bert_array_width(&r->s, a);
}

static void piece_gradient(void *context, size_t task, size_t worker)
{
	const struct bert_net *r = context;
	const struct bert_shape *s = &r->s;
	size_t each = pieces_of_layer(s), l = r->first + task / each, piece = task % each, m = matrix_of(s, &piece);
	const struct saved *v = &r->layer[l];
	const real *const input[] = { v->x, v->mixed, v->x1, v->act }, *const output[] = { v->qkv, v->z1, v->up, v->z2 };
	size_t out = outputs_of(s, m), in = inputs_of(s, m), rank = rank_of(s, m), n = r->b->start[r->b->n_texts];
	size_t rows = rank ? out / adapters_of(m) : s->d, from, to;
	const struct matrix *x = &matrices[m];
	block_range(out, rows, piece, &from, &to);
	if (rank) {
		size_t a = piece * rank * in, b = from * rank;
		lora_backward(n, to - from, in, rank, (real)s->lora_scale, input[m], output[m] + from, out,
			      of_layer(r, x->a, l) + a, of_layer(r, x->b, l) + b, gradient_of(r, x->a, l) + a,
			      gradient_of(r, x->b, l) + b, r->work[worker].rank);
	} else if (r->dw[x->w]) {
		real *dw = gradient_of(r, x->w, l) + from * in;
		real_gemm(true, false, to - from, in, n, 1, output[m] + from, out, input[m], in, 1, dw, in);
	}
}

static void add_blocks(const struct bert_net *r, const real *first, size_t n, real *sum)
{
	for (size_t b = 0; sum && b < r->n_blocks; b++)
		dropout_add(n, first + b * vectors_stride(r), NULL, 0, sum);
}

static void sum_vectors(const struct bert_net *r)
{
	for (size_t l = r->first; l < r->s.L; l++)
		for (size_t i = 0; i < VECTORS; i++) {
			size_t n = bert_array_width(&r->s, vectors[i]);
			add_blocks(r, vector_of(r, 0, l, i), n, r->dw[vectors[i]] ? gradient_of(r, vectors[i], l) : NULL);
		}
	if (embeddings_learn(r))
		add_blocks(r, r->vectors, 2 * r->s.d, r->dw[BERT_NORM]);
}

/* Some columns of the three embeddings, token by token. */
static void embedding_columns(void *context, size_t block, size_t worker)
{
	(void)worker;
	const struct bert_net *r = context;
	const struct bert_batch *b = r->b;
	size_t d = r->s.d, from, to;
	block_range(d, COLUMNS, block, &from, &to);
	for (size_t i = 0; i < b->n_texts; i++)
		for (size_t t = b->start[i]; t < b->start[i + 1]; t++) {
			const real *dz = r->z0 + t * d + from;
			add_columns(to - from, dz, r->dw[BERT_WORDS] + (b->row ? b->row[t] : b->token[t]) * d + from);
			add_columns(to - from, dz, r->dw[BERT_POSITIONS] + (r->s.offset + t - b->start[i]) * d + from);
			if (r->s.S)
				add_columns(to - from, dz, r->dw[BERT_TYPES] + (b->type ? b->type[t] : 0) * d + from);
		}
}

void bert_net_backward(struct bert_net *r, real *const w[BERT_ARRAYS], const struct bert_batch *b, const real *dh,
		       real *const dw[BERT_ARRAYS])
{
	r->w = w;
	r->b = b;
	r->dh = dh;
	r->dw = dw;
	pool_run(r->pool, r->n_blocks, backward_block, r);
	pool_run(r->pool, (r->s.L - r->first) * pieces_of_layer(&r->s), piece_gradient, r);
	sum_vectors(r);
	if (embeddings_learn(r))
		pool_run(r->pool, blocks_of(r->s.d, COLUMNS), embedding_columns, r);
}

/* ---- adapters ---- */

struct merging {
	const struct bert_shape *s;
	size_t first;
	real *const *w, *const *merged;
};

static void merge_piece(void *context, size_t task, size_t worker)
{
	(void)worker;
	const struct merging *g = context;
	const struct bert_shape *s = g->s;
	size_t each = pieces_of_layer(s), l = g->first + task / each, piece = task % each, m = matrix_of(s, &piece);
	const struct matrix *x = &matrices[m];
	size_t in = inputs_of(s, m), rank = rank_of(s, m), out = outputs_of(s, m) / adapters_of(m);
	if (!rank)
		return;
	size_t at = l * bert_array_width(s, x->w) + piece * out * in;
	lora_merge(out, in, rank, (real)s->lora_scale, g->w[x->w] + at,
		   g->w[x->a] + l * bert_array_width(s, x->a) + piece * rank * in,
		   g->w[x->b] + l * bert_array_width(s, x->b) + piece * out * rank, g->merged[x->w] + at);
}

void bert_net_merge(const struct bert_shape *s, size_t first, real *const w[BERT_ARRAYS], real *const merged[BERT_ARRAYS],
		    struct pool *pool)
{
	struct merging g = { s, first, w, merged };
	pool_run(pool, (s->L - first) * pieces_of_layer(s), merge_piece, &g);
}
