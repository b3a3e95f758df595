/* seq_net.c: see seq_net.h. Sequences are packed, so the work is that of the events there are; a caller hands over a
 * few hundred tokens at a time, so that what is saved for the way back stays in the cache. */
#include "model/seq_net.h"
#include "base/mem.h"
#include "nn/attention.h"
#include "nn/dropout.h"
#include "nn/linear.h"
#include "nn/losses.h"
#include "nn/layernorm.h"

enum { SCORE_ROWS = 64 };

size_t seq_array_width(const struct seq_shape *s, enum seq_array a)
{
	size_t d = s->d;
	switch (a) {
	case SEQ_POSITIONS: return s->T * d;
	case SEQ_NORM: case SEQ_NORM1: case SEQ_NORM2: return 2 * d;
	case SEQ_QKV: return 3 * d * d;
	case SEQ_QKV_BIAS: return 3 * d;
	case SEQ_OUT: return d * d;
	case SEQ_UP: case SEQ_DOWN: return s->inner * d;
	case SEQ_UP_BIAS: return s->inner;
	case SEQ_HEAD: return s->rates ? 2 * d : 0;
	default: return d;
	}
}

bool seq_array_layered(enum seq_array a)
{
	return a >= SEQ_NORM1 && a <= SEQ_DOWN_BIAS;
}

bool seq_array_decays(enum seq_array a)
{
	return a == SEQ_QKV || a == SEQ_OUT || a == SEQ_UP || a == SEQ_DOWN;
}

size_t seq_array_size(const struct seq_shape *s, enum seq_array a)
{
	return seq_array_width(s, a) * (seq_array_layered(a) ? s->L : 1);
}

/* What forward saves of a layer. */
struct saved {
	real *x, *stats1, *a1, *qkv, *weights, *mixed, *x2, *stats2, *a2, *up, *act;
	uint8_t *mask_norm1, *mask_weights, *mask_mixed, *mask_down;
};

struct seq_run {
	struct seq_shape s;
	size_t n, n_scores;         /* most tokens, most scores a token */
	size_t n_weights;           /* attention weights of n tokens at most */
	struct saved *layer;
	real *x, *stats, *h;        /* before and after the last norm */
	real *y, *dx, *dy, *dh;     /* [n, d] temporaries */
	real *wide;                 /* [n, max(3 d, inner)] */
	real *square;               /* [2, T, T] */
	real *own, *down, *score;   /* [n, d] rows with a target, their gradients, [SCORE_ROWS, n_scores] */
	real *pos, *negative, *dnegative;
	uint32_t *row, *target;     /* [n] */
	uint32_t *seq;              /* [n]: of the rows with a target */
	const uint8_t *mask_input;  /* NULL where there is no dropout, or where it is behind the first norm */
	double p;
	real *block;
	uint8_t *mask_block;
};

static real *cut(real **at, size_t n)
{
	real *p = *at;
	*at += n + (NN_LANES - n % NN_LANES) % NN_LANES;
	return p;
}

/* Lay out everything from `at` on; called once to count and once to place. */
static size_t lay_out(struct seq_run *r, real *base)
{
	real *at = base;
	size_t d = r->s.d, n = r->n, inner = r->s.inner, T = r->s.T;
	for (size_t l = 0; l < r->s.L; l++) {
		struct saved *s = &r->layer[l];
		s->x = cut(&at, n * d);
		s->stats1 = cut(&at, 2 * n);
		s->a1 = cut(&at, n * d);
		s->qkv = cut(&at, 3 * n * d);
		s->weights = cut(&at, r->n_weights);
		s->mixed = cut(&at, n * d);
		s->x2 = cut(&at, n * d);
		s->stats2 = cut(&at, 2 * n);
		s->a2 = cut(&at, n * d);
		s->up = cut(&at, n * inner);
		s->act = cut(&at, n * inner);
	}
	real **each[] = { &r->x, &r->h, &r->y, &r->dx, &r->dy, &r->dh, &r->own, &r->down };
	for (size_t i = 0; i < sizeof each / sizeof *each; i++)
		*each[i] = cut(&at, n * d);
	r->stats = cut(&at, 2 * n);
	r->wide = cut(&at, n * (3 * d > inner ? 3 * d : inner));
	r->square = cut(&at, 2 * T * T);
	r->score = cut(&at, SCORE_ROWS * r->n_scores);
	r->pos = cut(&at, n);
	r->negative = cut(&at, r->n_scores * d);
	r->dnegative = cut(&at, r->n_scores * d);
	return (size_t)(at - base);
}

struct seq_run *seq_run_new(const struct seq_shape *s, size_t n, size_t n_scores)
{
	struct seq_run *r = MEM_ZNEW(1, struct seq_run);
	r->s = *s;
	r->n = n;
	r->n_scores = n_scores;
	r->n_weights = s->H * n * (n < s->T ? n : s->T);
	r->layer = MEM_ZNEW(s->L, struct saved);
	real nothing[1];
	r->block = MEM_NEW(lay_out(r, nothing), real);
	lay_out(r, r->block);
	r->row = MEM_NEW(n, uint32_t);
	r->target = MEM_NEW(n, uint32_t);
	r->seq = MEM_NEW(n, uint32_t);
	return r;
}

void seq_run_free(struct seq_run *r)
{
	if (!r)
		return;
	mem_free(r->block);
	mem_free(r->mask_block);
	mem_free(r->row);
	mem_free(r->target);
	mem_free(r->seq);
	mem_free(r->layer);
	mem_free(r);
}

/* ---- dropout ---- */

static size_t weights_of(const struct seq_run *r, const struct seq_batch *b)
{
	size_t n = 0;
	for (size_t i = 0; i < b->n_seqs; i++)
		n += r->s.H * (b->start[i + 1] - b->start[i]) * (b->start[i + 1] - b->start[i]);
	return n;
}

static void draw_masks(struct seq_run *r, const struct seq_batch *b, double p, struct rng *rng)
{
	size_t nd = b->start[b->n_seqs] * r->s.d, n_weights = weights_of(r, b), L = r->s.L;
	r->p = p;
	r->mask_input = NULL;
	for (size_t l = 0; l < L; l++)
		r->layer[l].mask_norm1 = r->layer[l].mask_weights = r->layer[l].mask_mixed = r->layer[l].mask_down = NULL;
	if (!rng || p == 0)
		return;
	if (!r->mask_block)
		r->mask_block = MEM_NEW(r->n * r->s.d * (2 * L + 1) + r->n_weights * L, uint8_t);
	uint8_t *at = r->mask_block;
	dropout_mask(rng, p, nd * (2 * L + 1) + n_weights * L, at);
	if (r->s.post)
		r->layer[0].mask_norm1 = at;
	else
		r->mask_input = at;
	at += nd;
	for (size_t l = 0; l < L; l++) {
		r->layer[l].mask_weights = at;
		r->layer[l].mask_mixed = at + n_weights;
		r->layer[l].mask_down = at + n_weights + nd;
		at += n_weights + 2 * nd;
	}
}

/* ---- forward ---- */

static void input_forward(struct seq_run *r, real *const w[SEQ_ARRAYS], const real *table, const struct seq_batch *b,
			  real *x)
{
	size_t d = r->s.d, n = b->start[b->n_seqs];
	real scale = real_sqrt((real)d);
	for (size_t i = 0; i < b->n_seqs; i++)
		for (size_t t = b->start[i]; t < b->start[i + 1]; t++) {
			const real *p = w[SEQ_POSITIONS] + (t - b->start[i]) * d;
			const real *e = b->token[t] == SEQ_NONE ? w[SEQ_START] : table + b->token[t] * d;
			real by = b->token[t] == SEQ_NONE ? 1 : scale;
			for (size_t k = 0; k < d; k++)
				r->y[t * d + k] = by * e[k] + p[k];
		}
	memset(x, 0, n * d * sizeof *x);
	dropout_add(n * d, r->y, r->mask_input, r->p, x);
}

/* Dropout of x [n] in place; nothing where there is no mask. */
static void drop(struct seq_run *r, size_t n, const uint8_t *mask, real *x)
{
	if (!mask)
		return;
	memset(r->y, 0, n * sizeof *x);
	dropout_add(n, x, mask, r->p, r->y);
	memcpy(x, r->y, n * sizeof *x);
}

/* Attention of sequence i, whose weights begin at *at. */
static struct attention attend_of(const struct seq_run *r, const struct seq_batch *b, size_t i, const struct saved *s,
			       size_t *at)
{
	size_t T = b->start[i + 1] - b->start[i];
	struct attention a = { T, T, r->s.H, r->s.d / r->s.H, true, s->mask_weights ? s->mask_weights + *at : NULL, r->p };
	*at += r->s.H * T * T;
	return a;
}

static void layer_forward(struct seq_run *r, real *const w[SEQ_ARRAYS], size_t l, const struct seq_batch *b, real *next)
{
	const struct seq_shape *s = &r->s;
	struct saved *v = &r->layer[l];
	size_t d = s->d, n = b->start[b->n_seqs], at = 0;
	const real *own[SEQ_ARRAYS];
	for (enum seq_array a = SEQ_NORM1; a <= SEQ_DOWN_BIAS; a++)
		own[a] = w[a] + l * seq_array_width(s, a);
	layernorm_forward(n, d, v->x, own[SEQ_NORM1], own[SEQ_NORM1] + d, (real)SEQ_EPS, v->a1, v->stats1);
	drop(r, n * d, v->mask_norm1, v->a1);
	linear_forward(n, d, 3 * d, v->a1, own[SEQ_QKV], own[SEQ_QKV_BIAS], v->qkv);
	for (size_t i = 0; i < b->n_seqs; i++) {
		real *weights = v->weights + at;
		struct attention a = attend_of(r, b, i, v, &at);
		attention_forward(&a, v->qkv + b->start[i] * 3 * d, weights, v->mixed + b->start[i] * d, r->square);
	}
	linear_forward(n, d, d, v->mixed, own[SEQ_OUT], own[SEQ_OUT_BIAS], r->y);
	memcpy(v->x2, s->post ? v->a1 : v->x, n * d * sizeof *v->x2);
	dropout_add(n * d, r->y, v->mask_mixed, r->p, v->x2);
	layernorm_forward(n, d, v->x2, own[SEQ_NORM2], own[SEQ_NORM2] + d, (real)SEQ_EPS, v->a2, v->stats2);
	linear_forward(n, d, s->inner, v->a2, own[SEQ_UP], own[SEQ_UP_BIAS], v->up);
	activation_forward(s->act, n * s->inner, v->up, v->act);
	linear_forward(n, s->inner, d, v->act, own[SEQ_DOWN], own[SEQ_DOWN_BIAS], r->y);
	memcpy(next, s->post ? v->a2 : v->x2, n * d * sizeof *next);
	dropout_add(n * d, r->y, v->mask_down, r->p, next);
}

const real *seq_forward(struct seq_run *r, real *const w[SEQ_ARRAYS], const real *table, const struct seq_batch *b,
			double p, struct rng *rng)
{
	size_t d = r->s.d, n = b->start[b->n_seqs];
	draw_masks(r, b, p, rng);
	input_forward(r, w, table, b, r->s.L ? r->layer[0].x : r->x);
	for (size_t l = 0; l < r->s.L; l++)
		layer_forward(r, w, l, b, l + 1 < r->s.L ? r->layer[l + 1].x : r->x);
	layernorm_forward(n, d, r->x, w[SEQ_NORM], w[SEQ_NORM] + d, (real)SEQ_EPS, r->h, r->stats);
	return r->h;
}

void seq_attention(const struct seq_run *r, size_t T, real *weight)
{
	const real *last = r->layer[r->s.L - 1].weights + (T - 1) * T;
	for (size_t t = 0; t < T; t++) {
		weight[t] = 0;
		for (size_t h = 0; h < r->s.H; h++)
			weight[t] += last[h * T * T + t] / (real)r->s.H;
	}
}

/* ---- loss ---- */

/* Rows of h that have a target, together; returns their number. */
static size_t collect(struct seq_run *r, const struct seq_batch *b)
{
	size_t d = r->s.d, m = 0;
	for (size_t i = 0; i < b->n_seqs; i++)
		for (size_t t = b->start[i]; t < b->start[i + 1]; t++) {
			if (b->target[t] == SEQ_NONE)
				continue;
			memcpy(r->own + m * d, r->h + t * d, d * sizeof *r->own);
			r->row[m] = (uint32_t)t;
			r->seq[m] = (uint32_t)i;
			r->target[m++] = b->target[t];
		}
	return m;
}

/* What users had before a target is no class, unless it is the target. */
static void bar_seen(struct seq_run *r, const struct seq_batch *b, const struct seq_loss *l, size_t i, size_t rows)
{
	for (size_t j = i; j < i + rows; j++) {
		const struct seq_before *past = &b->before[r->seq[j]];
		real *score = r->score + (j - i) * l->n_rows, own = score[r->target[j]];
		size_t n = past->n + r->row[j] - b->start[r->seq[j]];
		for (size_t k = 0; k < n; k++)
			score[l->row_of[past->item[k]]] = (real)-INFINITY;
		score[r->target[j]] = own;
	}
}

static double softmax_rows_of(struct seq_run *r, const real *table, const struct seq_batch *b, const struct seq_loss *l,
			      size_t m, real *dtable)
{
	size_t d = r->s.d, R = l->n_rows;
	double loss = 0;
	for (size_t i = 0; i < m; i += SCORE_ROWS) {
		size_t rows = m - i < SCORE_ROWS ? m - i : SCORE_ROWS;
		const real *h = r->own + i * d;
		real_gemm(false, true, rows, R, d, 1, h, d, table, d, 0, r->score, R);
		if (l->row_of)
			bar_seen(r, b, l, i, rows);
		loss += loss_softmax(rows, R, r->score, R, r->target + i, NULL, l->scale);
		real_gemm(false, false, rows, d, R, 1, r->score, R, table, d, 0, r->down + i * d, d);
		real_gemm(true, false, R, d, rows, 1, r->score, R, h, d, 1, dtable, d);
	}
	return loss;
}

static double negatives_loss(struct seq_run *r, const struct seq_loss *l, size_t rows, size_t i)
{
	size_t k = l->n_negatives;
	if (l->kind == SEQ_BPR)
		return loss_bpr(rows, k, r->pos, r->score, k, l->scale);
	if (l->kind == SEQ_GBCE)
		return loss_gbce(rows, k, r->pos, r->score, k, l->beta, l->scale);
	for (size_t j = 0; j < rows; j++)
		r->pos[j] -= l->row_log_q[r->target[i + j]];
	return loss_sampled_softmax(rows, k, r->pos, r->score, k, NULL, l->log_q, l->scale);
}

static double sampled_rows_of(struct seq_run *r, const real *table, const struct seq_loss *l, size_t m, real *dtable)
{
	size_t d = r->s.d, k = l->n_negatives;
	double loss = 0;
	for (size_t c = 0; c < k; c++)
		memcpy(r->negative + c * d, table + l->negative[c] * d, d * sizeof *r->negative);
	memset(r->dnegative, 0, k * d * sizeof *r->dnegative);
	for (size_t i = 0; i < m; i += SCORE_ROWS) {
		size_t rows = m - i < SCORE_ROWS ? m - i : SCORE_ROWS;
		const real *h = r->own + i * d;
		real_gemm(false, true, rows, k, d, 1, h, d, r->negative, d, 0, r->score, k);
		for (size_t j = 0; j < rows; j++) {
			r->pos[j] = nn_dot(d, h + j * d, table + r->target[i + j] * d);
			for (size_t c = 0; c < k; c++)
				if (l->negative[c] == r->target[i + j])
					r->score[j * k + c] = (real)-INFINITY;
		}
		loss += negatives_loss(r, l, rows, i);
		real_gemm(false, false, rows, d, k, 1, r->score, k, r->negative, d, 0, r->down + i * d, d);
		real_gemm(true, false, k, d, rows, 1, r->score, k, h, d, 1, r->dnegative, d);
		for (size_t j = 0; j < rows; j++)
			for (size_t f = 0; f < d; f++) {
				r->down[(i + j) * d + f] += r->pos[j] * table[r->target[i + j] * d + f];
				dtable[r->target[i + j] * d + f] += r->pos[j] * h[j * d + f];
			}
	}
	for (size_t c = 0; c < k; c++)
		dropout_add(d, r->dnegative + c * d, NULL, 0, dtable + l->negative[c] * d);
	return loss;
}

real seq_rating(size_t d, const real *head, const real *h, const real *e)
{
	real sum = 0;
	for (size_t k = 0; k < d; k++)
		sum += h[k] * (head[k] + head[d + k] * e[k]);
	return sum;
}

/* The squared errors of the m targets' ratings, weighted; adds to down. */
static double rating_rows_of(struct seq_run *r, const real *head, const real *table, const struct seq_batch *b,
			     const struct seq_loss *l, size_t m, real *dhead, real *dtable)
{
	size_t d = r->s.d;
	double loss = 0;
	for (size_t i = 0; i < m; i++) {
		const real *h = r->own + i * d, *e = table + r->target[i] * d;
		real *de = dtable + r->target[i] * d, *down = r->down + i * d, g = 0, x = seq_rating(d, head, h, e);
		loss += loss_mse(1, &x, b->rating + r->row[i], l->scale * l->rating_weight, &g);
		for (size_t k = 0; k < d; k++) {
			down[k] += g * (head[k] + head[d + k] * e[k]);
			de[k] += g * head[d + k] * h[k];
			dhead[k] += g * h[k];
			dhead[d + k] += g * h[k] * e[k];
		}
	}
	return (double)l->rating_weight * loss;
}

/* ---- backward ---- */

/* dx, the gradient of what the norm of x is added to as it is (post) or before it (pre), and dy, that of what was made
 * from the norm: dx becomes the gradient of x. */
static void norm_backward(struct seq_run *r, size_t n, const real *x, const real *norm, const real *stats,
			  const uint8_t *mask, real *dnorm)
{
	size_t d = r->s.d;
	if (r->s.post) {
		for (size_t i = 0; i < n * d; i++)
			r->dy[i] += r->dx[i];
		drop(r, n * d, mask, r->dy);
		memset(r->dx, 0, n * d * sizeof *r->dx);
	}
	layernorm_backward(n, d, x, norm, stats, r->dy, r->dx, dnorm, dnorm + d);
}

static void layer_backward(struct seq_run *r, real *const w[SEQ_ARRAYS], real *const dw[SEQ_ARRAYS], size_t l,
			   const struct seq_batch *b)
{
	const struct seq_shape *s = &r->s;
	const struct saved *v = &r->layer[l];
	size_t d = s->d, n = b->start[b->n_seqs], inner = s->inner, at = 0, bytes = n * d * sizeof(real);
	const real *own[SEQ_ARRAYS];
	real *down[SEQ_ARRAYS], *dact = r->wide, *dup = v->act;
	for (enum seq_array a = SEQ_NORM1; a <= SEQ_DOWN_BIAS; a++) {
		own[a] = w[a] + l * seq_array_width(s, a);
		down[a] = dw[a] + l * seq_array_width(s, a);
	}
	/* dx is the gradient of the layer's output, and in the end of its input. */
	memset(r->dy, 0, bytes);
	dropout_add(n * d, r->dx, v->mask_down, r->p, r->dy);
	memset(dact, 0, n * inner * sizeof *dact);
	linear_backward(n, inner, d, v->act, own[SEQ_DOWN], r->dy, dact, down[SEQ_DOWN], down[SEQ_DOWN_BIAS]);
	memset(dup, 0, n * inner * sizeof *dup);
	activation_backward(s->act, n * inner, v->up, dact, dup);
	memset(r->dy, 0, bytes);
	linear_backward(n, d, inner, v->a2, own[SEQ_UP], dup, r->dy, down[SEQ_UP], down[SEQ_UP_BIAS]);
	norm_backward(r, n, v->x2, own[SEQ_NORM2], v->stats2, NULL, down[SEQ_NORM2]);

	memset(r->y, 0, bytes);
	dropout_add(n * d, r->dx, v->mask_mixed, r->p, r->y);
	memset(r->dy, 0, bytes);
	linear_backward(n, d, d, v->mixed, own[SEQ_OUT], r->y, r->dy, down[SEQ_OUT], down[SEQ_OUT_BIAS]);
	memset(r->wide, 0, 3 * bytes);
	for (size_t i = 0; i < b->n_seqs; i++) {
		const real *weights = v->weights + at;
		struct attention a = attend_of(r, b, i, v, &at);
		attention_backward(&a, v->qkv + b->start[i] * 3 * d, weights, r->dy + b->start[i] * d,
				r->wide + b->start[i] * 3 * d, r->square);
	}
	memset(r->dy, 0, bytes);
	linear_backward(n, d, 3 * d, v->a1, own[SEQ_QKV], r->wide, r->dy, down[SEQ_QKV], down[SEQ_QKV_BIAS]);
	norm_backward(r, n, v->x, own[SEQ_NORM1], v->stats1, v->mask_norm1, down[SEQ_NORM1]);
}

static void input_backward(struct seq_run *r, const struct seq_batch *b, real *const dw[SEQ_ARRAYS], real *dtable)
{
	size_t d = r->s.d, n = b->start[b->n_seqs];
	real scale = real_sqrt((real)d);
	memset(r->dy, 0, n * d * sizeof *r->dy);
	dropout_add(n * d, r->dx, r->mask_input, r->p, r->dy);
	for (size_t i = 0; i < b->n_seqs; i++)
		for (size_t t = b->start[i]; t < b->start[i + 1]; t++) {
			const real *dy = r->dy + t * d;
			real *dp = dw[SEQ_POSITIONS] + (t - b->start[i]) * d;
			real *de = b->token[t] == SEQ_NONE ? dw[SEQ_START] : dtable + b->token[t] * d;
			real by = b->token[t] == SEQ_NONE ? 1 : scale;
			for (size_t k = 0; k < d; k++) {
				de[k] += by * dy[k];
				dp[k] += dy[k];
			}
		}
}

double seq_learn(struct seq_run *r, real *const w[SEQ_ARRAYS], const real *table, const struct seq_batch *b,
		 const struct seq_loss *l, double p, struct rng *rng, real *const dw[SEQ_ARRAYS], real *dtable)
{
	size_t d = r->s.d, n = b->start[b->n_seqs];
	seq_forward(r, w, table, b, p, rng);
	size_t m = collect(r, b);
	double loss = l->kind == SEQ_SOFTMAX ? softmax_rows_of(r, table, b, l, m, dtable)
					     : sampled_rows_of(r, table, l, m, dtable);
	if (r->s.rates)
		loss += rating_rows_of(r, w[SEQ_HEAD], table, b, l, m, dw[SEQ_HEAD], dtable);
	memset(r->dh, 0, n * d * sizeof *r->dh);
	for (size_t i = 0; i < m; i++)
		memcpy(r->dh + r->row[i] * d, r->down + i * d, d * sizeof *r->dh);
	memset(r->dx, 0, n * d * sizeof *r->dx);
	layernorm_backward(n, d, r->x, w[SEQ_NORM], r->stats, r->dh, r->dx, dw[SEQ_NORM], dw[SEQ_NORM] + d);
	for (size_t l2 = r->s.L; l2-- > 0;)
		layer_backward(r, w, dw, l2, b);
	input_backward(r, b, dw, dtable);
	return loss;
}
