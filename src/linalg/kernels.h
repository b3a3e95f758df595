/* kernels.h: the inner loops of factor models, for each instruction set.
 *
 * All sums have one fixed order with fused multiply-adds: 16 lanes side by side, lanes added as a tree (8 + 8, 4 + 4,
 * 2 + 2, 1 + 1). Wider or narrower registers do the same sums, so every level gives the same bits; a test holds them
 * against each other. Vectors named [n16] have a length that is a multiple of 16, filled up with zeros; KERNEL_PAD
 * rounds up. No alignment is needed. */
#ifndef RECPIPE_LINALG_KERNELS_H
#define RECPIPE_LINALG_KERNELS_H

#include "linalg/cpu.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KERNEL_PAD(n) (((n) + 15) / 16 * 16)

/* One step of stochastic gradient descent an event, for a run of events of one user. */
struct sgd_event {
	uint32_t item;
	float value;
};
struct sgd_task {
	float *user_factors, *item_factors; /* rows of n16 floats */
	float *user_bias, *item_bias;
	const float *user_reg, *item_reg;   /* a row's ridge of factors, an event */
	const float *user_reg_bias, *item_reg_bias;
	float mean, rate, rate_bias;
	bool logistic;                      /* value is 0 or 1 and the prediction goes through 1 / (1 + exp(-z)) */
};

/* Of one event with the score z before the link: *error is value minus prediction, minus the loss's slope in z; returns
 * the squared error or the logistic loss. */
static inline double sgd_error(const struct sgd_task *s, float z, float value, float *error)
{
	if (!s->logistic) {
		*error = value - z;
		return (double)*error * (double)*error;
	}
	float probability = 1 / (1 + expf(-z));
	*error = value - probability;
	float of_truth = value > 0.5f ? probability : 1 - probability;
	return -log((double)(of_truth > 1e-7f ? of_truth : 1e-7f));
}

struct kernels {
	/* Sum of a[k] * b[k]. */
	float (*dot)(const float *a, const float *b, size_t n16);
	/* y[k] += a * x[k]. */
	void (*axpy)(float *y, float a, const float *x, size_t n16);
	/* Normal equations: for the rows x_i[n16] and targets t[i], upper triangle of A[n16, n16] += sum x_i x_i',
	 * sum[n16] += sum x_i, b[n16] += sum t_i x_i. Below the diagonal A is left with numbers without meaning. */
	void (*normal)(size_t n16, size_t n_rows, const float *x, const float *t, float *A, float *sum, float *b);
	/* U'U = A for the upper triangle of A, in place; false where A is not positive definite. What lies below the
	 * diagonal must be finite. */
	bool (*cholesky)(float *A, size_t n16);
	/* Solve U'U x = b in place; y[n16] is scratch. */
	void (*solve)(const float *U, size_t n16, float *b, float *y);
	/* d[k] = diagonal of (U'U)^-1; W[n16, n16] is scratch. */
	void (*inverse_diagonal)(const float *U, size_t n16, float *d, float *W);
	/* For each event, with error = value - prediction:
	 *     p += rate (error q - reg_u p),  q += rate (error p_old - reg_i q),  biases likewise.
	 * Returns the sum of squared errors, or of logistic losses, before each step. */
	double (*sgd)(const struct sgd_task *task, size_t n16, uint32_t user, const struct sgd_event *event, size_t n);
};

const struct kernels *kernels_at(enum cpu_level level);

#endif
