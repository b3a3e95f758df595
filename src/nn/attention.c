/* attention.c: see attention.h.
 *
 * A head's keys are transposed, and its values copied, into panels of 32 columns, so that both products run on the GEMM's
 * microkernel; 12 queries at a time go through scores, softmax and sum of values while their scores (12 x tokens) are in
 * L1. The softmax's division comes last, once an output. */
#include "nn/attention.h"
#include "linalg/gemm.h"
#include "linalg/quant.h"
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

/* Where things lie in the scratch of one head; in words of 32 bits, which are floats or pairs of bfloat16. */
struct parts {
	float *all;    /* [T][3 H d / 2] bfloat16 of qkv */
	float *keys;   /* [panels of T][words of d][32], transposed */
	float *values; /* [panels of d][words of T][32] */
	float *scores; /* [QUERIES][ld] */
	float *narrow; /* [QUERIES][ld / 2], scores as bfloat16 */
	float *sums;   /* [QUERIES][32] */
	size_t ld;     /* T rounded up to 32 */
	size_t n;      /* of all */
};

static struct parts parts_of(size_t T, size_t H, size_t d, float *scratch)
{
	struct parts s;
	s.ld = panels_of(T) * GEMM_PANEL;
	s.all = scratch;
	s.keys = s.all + T * (3 * H * d + 1) / 2 / 16 * 16 + 16;
	s.values = s.keys + s.ld * d;
	s.scores = s.values + panels_of(d) * GEMM_PANEL * T;
	s.narrow = s.scores + QUERIES * s.ld;
	s.sums = s.narrow + QUERIES * s.ld / 2;
	s.n = (size_t)(s.sums - scratch) + QUERIES * GEMM_PANEL;
	return s;
}

size_t attention_scratch(size_t T, size_t H, size_t d)
{
	return parts_of(T, H, d, NULL).n;
}

/* q [T][words], rows ldq words apart. */
static void head(enum cpu_level level, enum gemm_type type, bool coarse, size_t T, size_t d, const float *q, size_t ldq,
		 float *out, size_t ldo, const struct parts *s)
{
	static void (*const finish[])(size_t, size_t, const float *, const float *, float *, size_t) = VEC_LEVELS(finish);
	const struct gemm_tiles *tiles = gemm_tiles(type, level);
	bool pairs = type == GEMM_BF16;
	size_t d_words = pairs ? d / 2 : d, T_words = pairs ? (T + 1) / 2 : T;
	size_t n_blocks = T / tiles->max_rows + (T % tiles->max_rows != 0);
	for (size_t b = 0; b < n_blocks; b++) {
		size_t row = T * b / n_blocks, rows = T * (b + 1) / n_blocks - row;
		float inverse[QUERIES];
		for (size_t p = 0; p < s->ld / GEMM_PANEL; p++)
			tiles->rows[rows](d_words, q + row * ldq, ldq, s->keys + p * d_words * GEMM_PANEL, GEMM_PANEL,
					  s->scores + p * GEMM_PANEL, s->ld);
		softmax_rows(level, coarse, rows, T, s->scores, s->ld, 1.0f / sqrtf((float)d), inverse);
		for (size_t r = 0; pairs && r < rows; r++)
			quant_bf16(level, T, s->scores + r * s->ld, (uint16_t *)(s->narrow + r * s->ld / 2));
		for (size_t p = 0; p < panels_of(d); p++) {
			size_t n_cols = d - p * GEMM_PANEL < GEMM_PANEL ? d - p * GEMM_PANEL : GEMM_PANEL;
			tiles->rows[rows](T_words, pairs ? s->narrow : s->scores, pairs ? s->ld / 2 : s->ld,
					  s->values + p * T_words * GEMM_PANEL, GEMM_PANEL, s->sums, GEMM_PANEL);
			finish[vec_pick(level)](rows, n_cols, s->sums, inverse, out + row * ldo + p * GEMM_PANEL, ldo);
		}
	}
}

/* v [T, n], rows ld apart, to [T][32]. */
static void pack_values(size_t T, size_t n, const float *v, size_t ld, float *to)
{
	if (n < GEMM_PANEL)
		memset(to, 0, T * GEMM_PANEL * sizeof(float));
	for (size_t i = 0; i < T; i++)
		memcpy(to + i * GEMM_PANEL, v + i * ld, n * sizeof(float));
}

/* v [T, n] in bfloat16, rows ld apart, to [T / 2][32] pairs of rows. */
static void pair_values(size_t T, size_t n, const uint16_t *v, size_t ld, uint32_t *to)
{
	if (n < GEMM_PANEL)
		memset(to, 0, (T + 1) / 2 * GEMM_PANEL * sizeof(float));
	for (size_t i = 0; i < T; i += 2, v += 2 * ld, to += GEMM_PANEL)
		for (size_t j = 0; j < n; j++)
			to[j] = v[j] | (i + 1 < T ? (uint32_t)v[ld + j] << 16 : 0);
}

void attention(enum cpu_level level, bool narrow, size_t T, size_t H, size_t d, const float *qkv, float *out, float *scratch)
{
	static void (*const pack_keys[])(size_t, size_t, const float *, size_t, float *) = VEC_LEVELS(pack_keys);
	struct parts s = parts_of(T, H, d, scratch);
	bool pairs = narrow && level >= CPU_BF16 && d % 2 == 0;
	size_t width = pairs ? H * d / 2 : H * d, words = pairs ? d / 2 : d; /* in words */
	if (pairs)
		quant_bf16(level, T * 3 * H * d, qkv, (uint16_t *)s.all);
	for (size_t h = 0; h < H; h++) {
		const float *q = (pairs ? s.all : qkv) + h * words, *v = q + 2 * width;
		pack_keys[vec_pick(level)](T, words, q + width, 3 * width, s.keys);
		for (size_t p = 0; p < panels_of(d); p++) {
			size_t n_cols = d - p * GEMM_PANEL < GEMM_PANEL ? d - p * GEMM_PANEL : GEMM_PANEL;
			if (pairs)
				pair_values(T, n_cols, (const uint16_t *)v + p * GEMM_PANEL, 6 * width,
					    (uint32_t *)s.values + p * ((T + 1) / 2) * GEMM_PANEL);
			else
				pack_values(T, n_cols, v + p * GEMM_PANEL, 3 * width, s.values + p * T * GEMM_PANEL);
		}
		head(level, pairs ? GEMM_BF16 : GEMM_F32, narrow, T, d, q, 3 * width, out + h * d, H * d, &s);
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
