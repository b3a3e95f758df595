/* losses.c: see losses.h. Terms are summed in double in order of the rows. */
#include "nn/losses.h"

double loss_mse(size_t n, const real *x, const real *y, real scale, real *dx)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++) {
		real r = x[i] - y[i];
		sum += (double)(r * r);
		dx[i] += 2 * scale * r;
	}
	return sum;
}

double loss_huber(size_t n, const real *x, const real *y, real delta, real scale, real *dx)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++) {
		real r = x[i] - y[i], a = r < 0 ? -r : r;
		sum += (double)(a <= delta ? r * r / 2 : delta * (a - delta / 2));
		dx[i] += scale * (a <= delta ? r : r < 0 ? -delta : delta);
	}
	return sum;
}

/* log(1 + e^x) without overflow, and its derivative sigma(x). */
static double softplus(double x, double *sigma)
{
	double t = exp(x < 0 ? x : -x);
	*sigma = x < 0 ? t / (1 + t) : 1 / (1 + t);
	return (x > 0 ? x : 0) + log1p(t);
}

double loss_bce(size_t n, const real *x, const real *y, real scale, real *dx)
{
	double sum = 0, sigma;
	for (size_t i = 0; i < n; i++) {
		sum += softplus((double)x[i], &sigma) - (double)(x[i] * y[i]);
		dx[i] += scale * (real)(sigma - (double)y[i]);
	}
	return sum;
}

NN_BODY softmax_body(size_t n, size_t classes, real *score, size_t ld, const uint32_t *target, const real *log_q,
		     real scale, double *loss)
{
	for (size_t i = 0; i < n; i++) {
		real *s = score + i * ld;
		for (size_t c = 0; log_q && c < classes; c++)
			s[c] -= log_q[c];
		real top = nn_max(classes, s), own = s[target[i]] - top;
		real sum = nn_exp_sum(classes, s, top), factor = scale / sum;
		for (size_t c = 0; c < classes; c++)
			s[c] *= factor;
		s[target[i]] -= scale;
		*loss += log((double)sum) - (double)own;
	}
}
NN_STATIC(softmax,
	  (size_t n, size_t classes, real *score, size_t ld, const uint32_t *target, const real *log_q, real scale,
	   double *loss),
	  (n, classes, score, ld, target, log_q, scale, loss))

double loss_softmax(size_t n, size_t classes, real *score, size_t ld, const uint32_t *target, const real *log_q,
		    real scale)
{
	double loss = 0;
	softmax(n, classes, score, ld, target, log_q, scale, &loss);
	return loss;
}

NN_BODY sampled_softmax_body(size_t n, size_t k, real *pos, real *neg, size_t ld, const real *log_q_pos,
			     const real *log_q, real scale, double *loss)
{
	for (size_t i = 0; i < n; i++) {
		real *s = neg + i * ld, own = pos[i] - (log_q_pos ? log_q_pos[i] : 0);
		for (size_t c = 0; log_q && c < k; c++)
			s[c] -= log_q[c];
		real top = nn_max(k, s);
		top = own > top ? own : top;
		real e = real_exp(own - top), sum = nn_exp_sum(k, s, top) + e, factor = scale / sum;
		for (size_t c = 0; c < k; c++)
			s[c] *= factor;
		pos[i] = e * factor - scale;
		*loss += log((double)sum) - (double)(own - top);
	}
}
NN_STATIC(sampled_softmax,
	  (size_t n, size_t k, real *pos, real *neg, size_t ld, const real *log_q_pos, const real *log_q, real scale,
	   double *loss),
	  (n, k, pos, neg, ld, log_q_pos, log_q, scale, loss))

double loss_sampled_softmax(size_t n, size_t k, real *pos, real *neg, size_t ld, const real *log_q_pos,
			    const real *log_q, real scale)
{
	double loss = 0;
	sampled_softmax(n, k, pos, neg, ld, log_q_pos, log_q, scale, &loss);
	return loss;
}

static bool barred(real x)
{
	return isinf(x) && x < 0;
}

double loss_bpr(size_t n, size_t k, real *pos, real *neg, size_t ld, real scale)
{
	double loss = 0, sigma;
	for (size_t i = 0; i < n; i++) {
		real *s = neg + i * ld, dpos = 0;
		size_t n_seen = 0;
		for (size_t c = 0; c < k; c++)
			n_seen += !barred(s[c]);
		real share = n_seen ? scale / (real)n_seen : 0;
		for (size_t c = 0; c < k; c++) {
			if (barred(s[c])) {
				s[c] = 0;
				continue;
			}
			loss += softplus((double)(s[c] - pos[i]), &sigma) / (double)n_seen;
			s[c] = share * (real)sigma;
			dpos -= s[c];
		}
		pos[i] = dpos;
	}
	return loss;
}

double loss_gbce(size_t n, size_t k, real *pos, real *neg, size_t ld, real beta, real scale)
{
	double loss = 0, sigma, terms = (double)k + 1;
	real share = scale / (real)terms;
	for (size_t i = 0; i < n; i++) {
		real *s = neg + i * ld;
		loss += (double)beta * softplus(-(double)pos[i], &sigma) / terms;
		pos[i] = -beta * share * (real)sigma;
		for (size_t c = 0; c < k; c++) {
			if (barred(s[c])) {
				s[c] = 0;
				continue;
			}
			loss += softplus((double)s[c], &sigma) / terms;
			s[c] = share * (real)sigma;
		}
	}
	return loss;
}

double loss_gbce_beta(size_t k, size_t n_items, double t)
{
	double a = n_items > 1 ? (double)k / ((double)n_items - 1) : 1;
	return a < 1 ? a * (t * (1 - 1 / a) + 1 / a) : 1;
}
