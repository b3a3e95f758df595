/* optim.h: what turns a gradient into a step.
 *
 * One struct optim is one parameter group: arrays that share it share rate and decay. An array's moments are the
 * caller's, as many values as the array has, zeroed before the first step; t counts steps from 1.
 *
 *     sgd    m = momentum m + g,  x -= rate m       (g = dx + decay x)
 *     adam   m = b1 m + (1 - b1) g, v = b2 v + (1 - b2) g^2, x -= rate (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)
 *            (g = dx + decay x; Kingma and Ba 2015)
 *     adamw  the same with g = dx, and first x -= rate decay x (Loshchilov and Hutter 2019) */
#ifndef RECPIPE_OPTIM_OPTIM_H
#define RECPIPE_OPTIM_OPTIM_H

#include "nn/real.h"

enum optim_kind { OPTIM_SGD, OPTIM_ADAM, OPTIM_ADAMW }; /* order of the choices "sgd|adam|adamw" */

struct optim {
	enum optim_kind kind;
	double rate, decay;
	double momentum;        /* sgd */
	double b1, b2, eps;     /* adam, adamw */
};

/* A step of x[n]; factor multiplies dx (clipping, the mean over accumulated batches). v may be NULL for sgd. */
void optim_step(const struct optim *o, size_t t, size_t n, real factor, const real *dx, real *x, real *m, real *v);
/* A step of the rows that a batch touched, row[i] of x [.., width] by dx[i], the rest untouched: their moments do not
 * fade and they do not decay ("lazy" Adam, as PyTorch's SparseAdam). The rows are distinct. */
void optim_step_rows(const struct optim *o, size_t t, const uint32_t *row, size_t n_rows, size_t width, real factor,
		     const real *dx, real *x, real *m, real *v);

/* Sum of squares in lanes of fixed order, added to sum. */
void optim_squares(size_t n, const real *dx, double *sum);
/* What gradients of this sum of squares are multiplied by so that their common norm is at most max_norm (0: no
 * limit). */
double optim_clip(double squares, double max_norm);

/* Rate over time, as a factor of the base rate at step t (from 1) of n: up linearly over the first `warmup` steps,
 * then constant, down linearly to 0, or down by half a cosine to 0. */
enum schedule { SCHEDULE_CONSTANT, SCHEDULE_LINEAR, SCHEDULE_COSINE }; /* "constant|linear|cosine" */
double optim_schedule(enum schedule s, size_t t, size_t n, size_t warmup);

#endif
