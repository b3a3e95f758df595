/* optim.c: see optim.h. */
#include "optim/optim.h"

#define PI 3.14159265358979323846

/* The constants of one step. */
struct step {
	real rate, decay, shrink, b1, rest1, b2, rest2, fix1, fix2, eps, momentum, factor;
};

static struct step step_of(const struct optim *o, size_t t, real factor)
{
	bool decoupled = o->kind == OPTIM_ADAMW;
	return (struct step){ .rate = (real)o->rate, .decay = decoupled ? 0 : (real)o->decay,
			      .shrink = decoupled ? (real)(1 - o->rate * o->decay) : 1, .b1 = (real)o->b1,
			      .rest1 = (real)(1 - o->b1), .b2 = (real)o->b2, .rest2 = (real)(1 - o->b2),
			      .fix1 = (real)(1 / (1 - pow(o->b1, (double)t))),
			      .fix2 = (real)(1 / (1 - pow(o->b2, (double)t))), .eps = (real)o->eps,
			      .momentum = (real)o->momentum, .factor = factor };
}

NN_BODY sgd_step_body(struct step s, size_t n, const real *dx, real *x, real *m)
{
	for (size_t i = 0; i < n; i++) {
		m[i] = s.momentum * m[i] + dx[i] * s.factor + s.decay * x[i];
		x[i] -= s.rate * m[i];
	}
}
NN_STATIC(sgd_step, (struct step s, size_t n, const real *dx, real *x, real *m), (s, n, dx, x, m))

NN_BODY adam_step_body(struct step s, size_t n, const real *dx, real *x, real *m, real *v)
{
	for (size_t i = 0; i < n; i++) {
		real g = dx[i] * s.factor + s.decay * x[i];
		m[i] = s.b1 * m[i] + s.rest1 * g;
		v[i] = s.b2 * v[i] + s.rest2 * g * g;
		x[i] = x[i] * s.shrink - s.rate * (m[i] * s.fix1) / (real_sqrt(v[i] * s.fix2) + s.eps);
	}
}
NN_STATIC(adam_step, (struct step s, size_t n, const real *dx, real *x, real *m, real *v), (s, n, dx, x, m, v))

void optim_step(const struct optim *o, size_t t, size_t n, real factor, const real *dx, real *x, real *m, real *v)
{
	struct step s = step_of(o, t, factor);
	if (o->kind == OPTIM_SGD)
		sgd_step(s, n, dx, x, m);
	else
		adam_step(s, n, dx, x, m, v);
}

void optim_step_rows(const struct optim *o, size_t t, const uint32_t *row, size_t n_rows, size_t width, real factor,
		     const real *dx, real *x, real *m, real *v)
{
	struct step s = step_of(o, t, factor);
	for (size_t i = 0; i < n_rows; i++) {
		size_t at = row[i] * width;
		if (o->kind == OPTIM_SGD)
			sgd_step(s, width, dx + i * width, x + at, m + at);
		else
			adam_step(s, width, dx + i * width, x + at, m + at, v + at);
	}
}

NN_BODY optim_squares_body(size_t n, const real *dx, double *sum)
{
	double lane[NN_LANES] = { 0 };
	size_t i = 0;
	for (; i + NN_LANES <= n; i += NN_LANES)
		for (size_t j = 0; j < NN_LANES; j++)
			lane[j] += (double)dx[i + j] * (double)dx[i + j];
	for (size_t j = 0; i < n; i++, j++)
		lane[j] += (double)dx[i] * (double)dx[i];
	for (size_t j = 0; j < NN_LANES; j++)
		*sum += lane[j];
}
NN_KERNEL(optim_squares, (size_t n, const real *dx, double *sum), (n, dx, sum))

double optim_clip(double squares, double max_norm)
{
	double norm = sqrt(squares);
	return max_norm > 0 && norm > max_norm ? max_norm / norm : 1;
}

double optim_schedule(enum schedule s, size_t t, size_t n, size_t warmup)
{
	if (t <= warmup)
		return (double)t / (double)(warmup ? warmup : 1);
	double part = n > warmup ? (double)(t - warmup - 1) / (double)(n - warmup) : 0;
	part = part < 1 ? part : 1;
	return s == SCHEDULE_LINEAR ? 1 - part : s == SCHEDULE_COSINE ? (1 + cos(PI * part)) / 2 : 1;
}
