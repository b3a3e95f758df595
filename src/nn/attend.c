/* attend.c: see attend.h. Whole T x T products even where half of the keys is not seen: at the lengths of event
 * histories a GEMM call costs more than the half it computes in vain. */
#include "nn/attend.h"
#include "nn/dropout.h"

static inline size_t seen(const struct attend *a, size_t t)
{
	return a->causal && t + 1 < a->n_keys ? t + 1 : a->n_keys;
}

NN_BODY softmax_seen_body(const struct attend *a, real *w)
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

NN_STATIC(softmax_seen, (const struct attend *a, real *w), (a, w))

/* dw becomes the gradient of the scores: w (dw - sum of w dw). */
NN_BODY softmax_seen_gradient_body(const struct attend *a, const real *w, real *dw)
{
	for (size_t t = 0; t < a->T; t++) {
		const real *wt = w + t * a->T;
		real *row = dw + t * a->T, dot = nn_dot(a->T, wt, row);
		for (size_t k = 0; k < a->T; k++)
			row[k] = wt[k] * (row[k] - dot);
	}
}

NN_STATIC(softmax_seen_gradient, (const struct attend *a, const real *w, real *dw), (a, w, dw))

/* The weights after dropout: themselves where there is no mask. */
static const real *dropped(const struct attend *a, size_t h, const real *w, real *scratch)
{
	size_t n = a->T * a->T;
	if (!a->mask)
		return w;
	memset(scratch, 0, n * sizeof *scratch);
	dropout_add(n, w, a->mask + h * n, a->p, scratch);
	return scratch;
}

void attend_forward(const struct attend *a, const real *qkv, real *weights, real *out, real *scratch)
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

void attend_backward(const struct attend *a, const real *qkv, const real *weights, const real *dout, real *dqkv,
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
