/* mlm_net.c: see mlm_net.h. The scores of SLAB tokens against all words are in memory at a time: they are the largest array
 * of the training, and turn into their gradients in place. */
#include "encoder/mlm_net.h"
#include "base/mem.h"
#include "nn/dropout.h"
#include "nn/layernorm.h"
#include "nn/linear.h"
#include "nn/losses.h"

enum { SLAB = 512, ROWS = 64, BLOCKS = SLAB / ROWS, WORDS = 512, COLUMNS = 32 };

size_t mlm_array_size(const struct mlm_shape *s, enum mlm_array a)
{
	return a == MLM_DENSE ? s->d * s->d : a == MLM_NORM ? 2 * s->d : a == MLM_BIAS ? s->V : s->d;
}

bool mlm_array_decays(enum mlm_array a)
{
	return a == MLM_DENSE;
}

struct mlm_net {
	struct mlm_shape s;
	struct pool *pool;
	real *x, *z, *act, *y, *stats;  /* [SLAB, d], stats [SLAB, 2]; z turns into its gradient */
	real *dy, *dact;                /* [SLAB, d] */
	real *score;                    /* [SLAB, V] */
	real *dvectors;                 /* [BLOCKS, 3 d]: of the norm and b, block by block */
	real *values;
	double loss[BLOCKS];
	/* the call */
	real *const *w, *const *dw;
	const real *words, *h;
	struct mlm_targets t;           /* of the slab */
	real scale;
	real *dwords, *dh;
};

struct mlm_net *mlm_net_new(const struct mlm_shape *s, struct pool *pool)
{
	struct mlm_net *r = MEM_ZNEW(1, struct mlm_net);
	size_t nd = SLAB * s->d;
	*r = (struct mlm_net){ .s = *s, .pool = pool, .values = MEM_NEW(6 * nd + 2 * SLAB + BLOCKS * 3 * s->d, real),
			       .score = MEM_NEW(SLAB * s->V, real) };
	real **each[] = { &r->x, &r->z, &r->act, &r->y, &r->dy, &r->dact };
	for (size_t i = 0; i < 6; i++)
		*each[i] = r->values + i * nd;
	r->stats = r->values + 6 * nd;
	r->dvectors = r->stats + 2 * SLAB;
	return r;
}

void mlm_net_free(struct mlm_net *r)
{
	if (!r)
		return;
	mem_free(r->values);
	mem_free(r->score);
	mem_free(r);
}

/* ---- a block of tokens ---- */

/* y of n tokens of the slab, from token i on. */
static void transform(const struct mlm_net *r, size_t i, size_t n)
{
	size_t d = r->s.d, at = i * d;
	for (size_t k = 0; k < n; k++)
		memcpy(r->x + at + k * d, r->h + r->t.row[i + k] * d, d * sizeof *r->x);
	linear_forward(n, d, d, r->x + at, r->w[MLM_DENSE], r->w[MLM_DENSE_BIAS], r->z + at);
	activation_forward(r->s.act, n * d, r->z + at, r->act + at);
	layernorm_forward(n, d, r->act + at, r->w[MLM_NORM], r->w[MLM_NORM] + d, (real)r->s.eps, r->y + at, r->stats + 2 * i);
}

/* Their losses; the scores become gradients. */
static double score(const struct mlm_net *r, size_t i, size_t n)
{
	size_t d = r->s.d, V = r->s.V;
	real *s = r->score + i * V;
	for (size_t k = 0; k < n; k++)
		memcpy(s + k * V, r->w[MLM_BIAS], V * sizeof *s);
	real_gemm(false, true, n, V, d, 1, r->y + i * d, d, r->words, d, 1, s, V);
	return loss_softmax(n, V, s, V, r->t.word + i, NULL, r->scale);
}

/* From the gradients of the scores to that of h. */
static void back(const struct mlm_net *r, size_t i, size_t n, real *own)
{
	size_t d = r->s.d, V = r->s.V, at = i * d;
	memset(own, 0, 3 * d * sizeof *own);
	memset(r->dact + at, 0, n * d * sizeof *r->dact);
	real_gemm(false, false, n, d, V, 1, r->score + i * V, V, r->words, d, 0, r->dy + at, d);
	layernorm_backward(n, d, r->act + at, r->w[MLM_NORM], r->stats + 2 * i, r->dy + at, r->dact + at, own, own + d);
	activation_backward_over(r->s.act, n * d, r->dact + at, r->z + at);
	column_sums(n, d, r->z + at, own + 2 * d);
	memset(r->dy + at, 0, n * d * sizeof *r->dy);
	linear_backward(n, d, d, NULL, r->w[MLM_DENSE], r->z + at, r->dy + at, NULL, NULL);
	for (size_t k = 0; k < n; k++)
		dropout_add(d, r->dy + at + k * d, NULL, 0, r->dh + r->t.row[i + k] * d);
}

static void rows_block(void *context, size_t block, size_t worker)
{
	(void)worker;
	struct mlm_net *r = context;
	size_t from, to;
	block_range(r->t.n, ROWS, block, &from, &to);
	transform(r, from, to - from);
	r->loss[block] = score(r, from, to - from);
	if (r->dw)
		back(r, from, to - from, r->dvectors + block * 3 * r->s.d);
}

/* ---- the arrays ---- */

static void words_block(void *context, size_t block, size_t worker)
{
	(void)worker;
	struct mlm_net *r = context;
	size_t d = r->s.d, V = r->s.V, from, to;
	block_range(V, WORDS, block, &from, &to);
	real_gemm(true, false, to - from, d, r->t.n, 1, r->score + from, V, r->y, d, 1, r->dwords + from * d, d);
	for (size_t k = 0; k < r->t.n; k++)
		dropout_add(to - from, r->score + k * V + from, NULL, 0, r->dw[MLM_BIAS] + from);
}

static void dense_block(void *context, size_t block, size_t worker)
{
	(void)worker;
	struct mlm_net *r = context;
	size_t d = r->s.d, from, to;
	block_range(d, COLUMNS, block, &from, &to);
	real_gemm(true, false, to - from, d, r->t.n, 1, r->z + from, d, r->x, d, 1, r->dw[MLM_DENSE] + from * d, d);
}

static void sum_vectors(const struct mlm_net *r)
{
	size_t d = r->s.d;
	for (size_t b = 0; b < blocks_of(r->t.n, ROWS); b++) {
		dropout_add(2 * d, r->dvectors + b * 3 * d, NULL, 0, r->dw[MLM_NORM]);
		dropout_add(d, r->dvectors + b * 3 * d + 2 * d, NULL, 0, r->dw[MLM_DENSE_BIAS]);
	}
}

static double slab(struct mlm_net *r)
{
	double loss = 0;
	pool_run(r->pool, blocks_of(r->t.n, ROWS), rows_block, r);
	for (size_t b = 0; b < blocks_of(r->t.n, ROWS); b++)
		loss += r->loss[b];
	if (!r->dw)
		return loss;
	pool_run(r->pool, blocks_of(r->s.V, WORDS), words_block, r);
	pool_run(r->pool, blocks_of(r->s.d, COLUMNS), dense_block, r);
	sum_vectors(r);
	return loss;
}

double mlm_net_learn(struct mlm_net *r, real *const w[MLM_ARRAYS], const real *words, const real *h,
		     const struct mlm_targets *t, real scale, real *const dw[MLM_ARRAYS], real *dwords, real *dh)
{
	double loss = 0;
	r->w = w;
	r->words = words;
	r->h = h;
	r->scale = scale;
	r->dw = dw;
	r->dwords = dwords;
	r->dh = dh;
	for (size_t i = 0; i < t->n; i += SLAB) {
		r->t = (struct mlm_targets){ t->n - i < SLAB ? t->n - i : SLAB, t->row + i, t->word + i };
		loss += slab(r);
	}
	return loss;
}

double mlm_net_loss(struct mlm_net *r, real *const w[MLM_ARRAYS], const real *words, const real *h,
		    const struct mlm_targets *t)
{
	return mlm_net_learn(r, w, words, h, t, 0, NULL, NULL, NULL);
}
