/* attention.c: see attention.h.
 *
 * A head's keys are transposed, and its values copied, into panels of 32 columns, so that both products run on the GEMM's
 * microkernel; 12 queries at a time go through scores, softmax and sum of values while their scores (12 x tokens) are in
 * L1. The softmax's division comes last, once an output. */
#include "nn/attention.h"
#include "linalg/gemm.h"
#include "nn/dropout.h"
#include "nn/softmax.h"

#include <math.h>

#define VEC_BODY "nn/attention.inc"
#include "linalg/vec_each.h"

enum { QUERIES = GEMM_MAX_ROWS };

static size_t panels_of(size_t n)
{
	return n / GEMM_PANEL + (n % GEMM_PANEL != 0);
}

/* Where things lie in the scratch of one head. */
struct parts {
	float *keys;   /* [panels of tokens][d][32], transposed and scaled */
	float *values; /* [panels of d][tokens][32] */
	float *scores; /* [QUERIES][tokens rounded up to 32] */
	float *sums;   /* [QUERIES][32] */
	size_t ld;     /* of scores */
};

static struct parts parts_of(size_t tokens, size_t d, float *scratch)
{
	struct parts s;
	s.ld = panels_of(tokens) * GEMM_PANEL;
	s.keys = scratch;
	s.values = s.keys + s.ld * d;
	s.scores = s.values + panels_of(d) * GEMM_PANEL * tokens;
	s.sums = s.scores + QUERIES * s.ld;
	return s;
}

size_t attention_scratch(size_t tokens, size_t d)
{
	size_t ld = panels_of(tokens) * GEMM_PANEL;
	return ld * d + panels_of(d) * GEMM_PANEL * tokens + QUERIES * ld + QUERIES * GEMM_PANEL;
}

static void head(enum cpu_level level, size_t tokens, size_t d, const float *q, size_t ldq, float *out, size_t ldo,
		 const struct parts *s)
{
	static void (*const finish[])(size_t, size_t, const float *, const float *, float *, size_t) = VEC_LEVELS(finish);
	const struct gemm_tiles *tiles = gemm_tiles(GEMM_F32, level);
	size_t n_blocks = tokens / tiles->max_rows + (tokens % tiles->max_rows != 0);
	for (size_t b = 0; b < n_blocks; b++) {
		size_t row = tokens * b / n_blocks, rows = tokens * (b + 1) / n_blocks - row;
		float inverse[QUERIES];
		for (size_t p = 0; p < s->ld / GEMM_PANEL; p++)
			tiles->rows[rows](d, q + row * ldq, ldq, s->keys + p * d * GEMM_PANEL, GEMM_PANEL,
					  s->scores + p * GEMM_PANEL, s->ld);
		softmax_rows(level, rows, tokens, s->scores, s->ld, inverse);
		for (size_t p = 0; p < panels_of(d); p++) {
			size_t n_cols = d - p * GEMM_PANEL < GEMM_PANEL ? d - p * GEMM_PANEL : GEMM_PANEL;
			tiles->rows[rows](tokens, s->scores, s->ld, s->values + p * tokens * GEMM_PANEL, GEMM_PANEL,
					  s->sums, GEMM_PANEL);
			finish[vec_pick(level)](rows, n_cols, s->sums, inverse, out + row * ldo + p * GEMM_PANEL, ldo);
		}
	}
}

void attention(enum cpu_level level, size_t tokens, size_t n_heads, size_t d, const float *qkv, float *out,
	       float *scratch)
{
	static void (*const keys[])(size_t, size_t, const float *, size_t, float, float *) = VEC_LEVELS(pack_keys);
	size_t width = n_heads * d;
	struct parts s = parts_of(tokens, d, scratch);
	for (size_t h = 0; h < n_heads; h++) {
		const float *q = qkv + h * d, *v = q + 2 * width;
		keys[vec_pick(level)](tokens, d, q + width, 3 * width, 1.0f / sqrtf((float)d), s.keys);
		for (size_t p = 0; p < panels_of(d); p++) {
			size_t n_cols = d - p * GEMM_PANEL < GEMM_PANEL ? d - p * GEMM_PANEL : GEMM_PANEL;
			float *to = s.values + p * tokens * GEMM_PANEL;
			if (n_cols < GEMM_PANEL)
				memset(to, 0, tokens * GEMM_PANEL * sizeof(float));
			for (size_t i = 0; i < tokens; i++)
				memcpy(to + i * GEMM_PANEL, v + i * 3 * width + p * GEMM_PANEL, n_cols * sizeof(float));
		}
		head(level, tokens, d, q, 3 * width, out + h * d, width, &s);
	}
}

/* ---- learning: whole T x T products even where half of the keys is not seen; at the lengths of event histories a GEMM
 * call costs more than the half it computes in vain ---- */

static inline size_t seen(const struct attention *a, size_t t)
{
	return a->causal && t + 1 < a->n_keys ? t + 1 : a->n_keys;
}

NN_BODY softmax_seen_body(const struct attention *a, real *w)
{
	for (size_t t = 0; t < a->T; t++) {
		size_t n = seen(a, t);
		real *row = w + t * a->T;
		real inverse = 1 / nn_exp_sum(n, row, nn_max(n, row));
		for (size_t k = 0; k < n; k++)
			row[k] *= inverse;
		for (size_t k = n; k < a->T; k++)
			row[k] = 0;
	}
}

NN_STATIC(softmax_seen, (const struct attention *a, real *w), (a, w))

/* dw becomes the gradient of the scores: w (dw - sum of w dw). */
NN_BODY softmax_seen_gradient_body(const struct attention *a, const real *w, real *dw)
{
	for (size_t t = 0; t < a->T; t++) {
		const real *wt = w + t * a->T;
		real *row = dw + t * a->T, dot = nn_dot(a->T, wt, row);
		for (size_t k = 0; k < a->T; k++)
			row[k] = wt[k] * (row[k] - dot);
	}
}

NN_STATIC(softmax_seen_gradient, (const struct attention *a, const real *w, real *dw), (a, w, dw))

/* The weights after dropout: themselves where there is no mask. */
static const real *dropped(const struct attention *a, size_t h, const real *w, real *scratch)
{
	size_t n = a->T * a->T;
	if (!a->mask)
		return w;
	memset(scratch, 0, n * sizeof *scratch);
	dropout_add(n, w, a->mask + h * n, a->p, scratch);
	return scratch;
}

void attention_forward(const struct attention *a, const real *qkv, real *weights, real *out, real *scratch)
{
	size_t T = a->T, d = a->d, C = a->H * d;
	for (size_t h = 0; h < a->H; h++) {
		const real *q = qkv + h * d, *k = q + C, *v = k + C;
		real *w = weights + h * T * T;
		real_gemm(false, true, T, T, d, 1 / real_sqrt((real)d), q, 3 * C, k, 3 * C, 0, w, T);
		softmax_seen(a, w);
		real_gemm(false, false, T, d, T, 1, dropped(a, h, w, scratch), T, v, 3 * C, 0, out + h * d, C);
	}
}

void attention_backward(const struct attention *a, const real *qkv, const real *weights, const real *dout, real *dqkv,
		     real *scratch)
{
	size_t T = a->T, d = a->d, C = a->H * d;
	real *dropped_w = scratch, *dw = scratch + T * T, scale = 1 / real_sqrt((real)d);
	for (size_t h = 0; h < a->H; h++) {
		const real *q = qkv + h * d, *k = q + C, *v = k + C, *w = weights + h * T * T, *dy = dout + h * d;
		real *dq = dqkv + h * d, *dk = dq + C, *dv = dk + C;
		real_gemm(true, false, T, d, T, 1, dropped(a, h, w, dropped_w), T, dy, C, 1, dv, 3 * C);
		real_gemm(false, true, T, T, d, 1, dy, C, v, 3 * C, 0, dw, T);
		if (a->mask) {
			memset(dropped_w, 0, T * T * sizeof *dropped_w);
			dropout_add(T * T, dw, a->mask + h * T * T, a->p, dropped_w);
			memcpy(dw, dropped_w, T * T * sizeof *dw);
		}
		softmax_seen_gradient(a, w, dw);
		real_gemm(false, false, T, d, T, scale, dw, T, k, 3 * C, 1, dq, 3 * C);
		real_gemm(true, false, T, d, T, scale, dw, T, q, 3 * C, 1, dk, 3 * C);
	}
}
