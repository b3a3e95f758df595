/* mf_row.c: one user or item exactly, with the other side fixed: a ridge regression with K + 1 unknowns, by normal
 * equations and Cholesky (linalg/kernels.h). Training, updates and the folding-in of unknown users all come here. */
#include "base/mem.h"
#include "model/mf.h"

#include <math.h>
#include <string.h>

enum { GATHER = 128, ROW_BLOCK = 16 };

struct mf_rows mf_rows_of(const struct model *m, bool users)
{
	const struct mf_options *o = m->options;
	const struct mf_state *s = m->state;
	return (struct mf_rows){ .other = mf_half_of(m, !users), .prior = mf_half_of(m, users)->prior, .mean = *s->mean,
				 .noise = *s->noise, .ridge = mf_scale(m) * (float)o->reg, .ridge_bias = (float)o->reg_bias,
				 .power = (float)o->reg_power, .K = o->factors, .kernels = kernels_at(cpu_level()) };
}

size_t mf_solve_floats(size_t K)
{
	size_t n16 = KERNEL_PAD(K);
	return 2 * n16 * n16 + GATHER * (n16 + 1) + 4 * n16;
}

/* Sums over a row's entries. */
struct normal {
	float *A, *sum, *b, *variance; /* [n16, n16], [n16] each */
	double target;                 /* sum of targets */
};

static void gather(const struct mf_rows *s, size_t n, const uint32_t *column, const float *value, struct normal *to,
		   float *rows, float *target)
{
	size_t K = s->K, n16 = KERNEL_PAD(K);
	const struct mf_half *other = s->other;
	for (size_t from = 0; from < n; from += GATHER) {
		size_t part = n - from < GATHER ? n - from : GATHER;
		for (size_t i = 0; i < part; i++) {
			uint32_t c = column[from + i];
			memcpy(rows + i * n16, other->factors + c * K, K * sizeof *rows);
			target[i] = value[from + i] - s->mean - other->bias[c];
			to->target += (double)target[i];
			for (size_t k = 0; other->variance && k < K; k++)
				to->variance[k] += other->variance[c * K + k];
		}
		s->kernels->normal(n16, part, rows, target, to->A, to->sum, to->b);
	}
}

void mf_solve_row(const struct mf_rows *s, size_t n, const uint32_t *column, const float *value, const float *prior,
		  float *x, float *variance, float *scratch)
{
	size_t K = s->K, n16 = KERNEL_PAD(K);
	float *W = scratch + n16 * n16, *rows = W + n16 * n16, *target = rows + GATHER * n16;
	struct normal e = { scratch, target + GATHER, target + GATHER + n16, target + GATHER + 2 * n16, 0 };
	float *y = e.variance + n16, w = powf((float)n, s->power), ridge = w * s->ridge;
	for (size_t k = 0; k <= K; k++)
		x[k] = prior ? prior[k] : 0;
	for (size_t k = 0; variance && k < K; k++)
		variance[k] = s->noise / s->ridge;
	if (!n)
		return;
	memset(e.A, 0, n16 * n16 * sizeof *e.A);
	memset(e.sum, 0, 3 * n16 * sizeof *e.sum);
	memset(rows, 0, GATHER * n16 * sizeof *rows);
	gather(s, n, column, value, &e, rows, target);
	/* The bias is eliminated first; x_K holds its prior mean. */
	float n_bias = (float)n + w * s->ridge_bias;
	e.target += (double)(w * s->ridge_bias * x[K]);
	for (size_t k = 0; k < K; k++) {
		s->kernels->axpy(e.A + k * n16, -e.sum[k] / n_bias, e.sum, n16);
		e.A[k * n16 + k] += e.variance[k] + ridge;
		e.b[k] += ridge * x[k] - e.sum[k] * (float)e.target / n_bias;
	}
	for (size_t k = K; k < n16; k++)
		e.A[k * n16 + k] = 1;
	if (!s->kernels->cholesky(e.A, n16))
		return; /* next to no regularisation and fewer events than unknowns: the row stays at its prior */
	s->kernels->solve(e.A, n16, e.b, y);
	memcpy(x, e.b, K * sizeof *x);
	x[K] = ((float)e.target - s->kernels->dot(e.sum, e.b, n16)) / n_bias;
	if (!variance)
		return;
	s->kernels->inverse_diagonal(e.A, n16, y, W);
	for (size_t k = 0; k < K; k++)
		variance[k] = s->noise * y[k];
}

struct sweep {
	const struct mf_rows *side;
	const struct csr *c;
	const uint32_t *row;
	size_t n;
	const struct mf_half *to;
	float *scratch;    /* n_scratch a worker: a row, and what solving it needs */
	size_t n_scratch;
};

static void solve_block(void *context, size_t block, size_t worker)
{
	struct sweep *s = context;
	size_t K = s->side->K, from, to;
	float *x = s->scratch + worker * s->n_scratch;
	block_range(s->n, ROW_BLOCK, block, &from, &to);
	for (size_t k = from; k < to; k++) {
		size_t row = s->row ? s->row[k] : k;
		size_t at = row < s->c->n_rows ? s->c->start[row] : 0;
		size_t n = row < s->c->n_rows ? s->c->start[row + 1] - at : 0;
		mf_solve_row(s->side, n, s->c->column + at, s->c->value + at,
			     s->side->prior ? s->side->prior + row * (K + 1) : NULL, x,
			     s->to->variance ? s->to->variance + row * K : NULL, x + K + 1);
		memcpy(s->to->factors + row * K, x, K * sizeof *x);
		s->to->bias[row] = x[K];
	}
}

void mf_solve_rows(const struct mf_rows *side, const struct csr *c, const uint32_t *row, size_t n,
		   const struct mf_half *to, struct pool *pool)
{
	struct sweep s = { side, c, row, n, to, NULL, mf_solve_floats(side->K) + side->K + 1 };
	s.scratch = MEM_NEW(pool_size(pool) * s.n_scratch, float);
	pool_run(pool, blocks_of(n, ROW_BLOCK), solve_block, &s);
	mem_free(s.scratch);
}
