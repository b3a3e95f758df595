/* mf_als.c: alternating least squares: with one side fixed, each row of the other is a ridge regression with K + 1
 * unknowns (its factors and its bias, solved jointly), by normal equations and Cholesky.
 *
 * Zhou, Wilkinson, Schreiber and Pan, "Large-scale parallel collaborative filtering for the Netflix prize", AAIM 2008.
 * Rows are independent, so the result does not depend on the threads. */
#include "base/mem.h"
#include "linalg/blas.h"
#include "model/mf.h"

#include <math.h>
#include <string.h>

enum { GATHER = 128, ROW_BLOCK = 16 };

struct mf_side mf_side_of(const struct model *m, bool users)
{
	const struct mf_options *o = m->options;
	const struct mf_state *s = m->state;
	return (struct mf_side){ users ? s->item_factors : s->user_factors, users ? s->item_bias : s->user_bias, *s->mean,
				 o->factors, o->reg, o->reg_bias, o->reg_power };
}

size_t mf_solve_floats(size_t K)
{
	return (K + 1) * (K + 1) + GATHER * (K + 1) + GATHER;
}

void mf_solve_row(const struct mf_side *s, size_t n, const uint32_t *column, const float *value, float *x,
		  float *scratch)
{
	size_t K = s->K, D = K + 1;
	float *A = scratch, *rows = A + D * D, *target = rows + GATHER * D;
	memset(x, 0, D * sizeof *x);
	if (!n)
		return;
	memset(A, 0, D * D * sizeof *A);
	for (size_t from = 0; from < n; from += GATHER) {
		size_t part = n - from < GATHER ? n - from : GATHER;
		for (size_t i = 0; i < part; i++) {
			uint32_t c = column[from + i];
			memcpy(rows + i * D, s->other + c * K, K * sizeof *rows);
			rows[i * D + K] = 1;
			target[i] = value[from + i] - s->mean - s->other_bias[c];
		}
		blas_syrk_f32(D, part, 1, rows, D, 1, A, D);
		blas_gemv_f32(true, part, D, 1, rows, D, target, 1, x);
	}
	double w = pow((double)n, s->reg_power);
	for (size_t k = 0; k < D; k++)
		A[k * D + k] += (float)(w * (k < K ? s->reg : s->reg_bias));
	if (blas_cholesky_f32(A, D, D))
		blas_cholesky_solve_f32(A, D, D, x, 1);
	else
		memset(x, 0, D * sizeof *x); /* a regularisation of 0 and fewer events than unknowns */
}

struct sweep {
	const struct mf_side *side;
	const struct csr *c;
	const uint32_t *rows;
	size_t n;
	float *factors, *bias;
	float *scratch; /* a worker's: mf_solve_floats + K + 1 */
};

static void solve_block(void *context, size_t block, size_t worker)
{
	struct sweep *s = context;
	size_t K = s->side->K, size = mf_solve_floats(K) + K + 1, from, to;
	float *x = s->scratch + worker * size;
	block_range(s->n, ROW_BLOCK, block, &from, &to);
	for (size_t k = from; k < to; k++) {
		size_t row = s->rows ? s->rows[k] : k;
		size_t at = row < s->c->n_rows ? s->c->start[row] : 0;
		size_t n = row < s->c->n_rows ? s->c->start[row + 1] - at : 0;
		mf_solve_row(s->side, n, s->c->column + at, s->c->value + at, x, x + K + 1);
		memcpy(s->factors + row * K, x, K * sizeof *x);
		s->bias[row] = x[K];
	}
}

void mf_solve_rows(const struct mf_side *side, const struct csr *c, const uint32_t *rows, size_t n, float *factors,
		   float *bias, struct pool *pool)
{
	struct sweep s = { side, c, rows, n, factors, bias,
			   MEM_NEW(pool_size(pool) * (mf_solve_floats(side->K) + side->K + 1), float) };
	pool_run(pool, blocks_of(n, ROW_BLOCK), solve_block, &s);
	mem_free(s.scratch);
}

struct als {
	struct csr by_user, by_item;
};

static int begin(struct model *m, const struct train_input *in, void **work, struct err *e)
{
	(void)e;
	struct als *a = MEM_NEW(1, struct als);
	struct mf_state *s = m->state;
	csr_by_user(&a->by_user, in->train, m->users.n);
	csr_by_item(&a->by_item, in->train, m->items.n);
	double sum = 0;
	for (size_t i = 0; i < in->train->n; i++)
		sum += (double)in->train->rating[i];
	*s->mean = (float)(in->train->n ? sum / (double)in->train->n : 0);
	*work = a;
	return 0;
}

enum { LOSS_BLOCK = 256 };

struct loss {
	const struct model *m;
	const struct csr *c;
};

static double loss_block(void *context, size_t block, size_t worker)
{
	(void)worker;
	const struct loss *l = context;
	const struct mf_options *o = l->m->options;
	const struct mf_state *s = l->m->state;
	size_t from, to, K = o->factors;
	double sum = 0;
	block_range(l->c->n_rows, LOSS_BLOCK, block, &from, &to);
	for (size_t u = from; u < to; u++)
		for (size_t i = l->c->start[u]; i < l->c->start[u + 1]; i++) {
			uint32_t item = l->c->column[i];
			float z = 0;
			for (size_t k = 0; k < K; k++)
				z += s->user_factors[u * K + k] * s->item_factors[item * K + k];
			double error = (double)(l->c->value[i] - *s->mean - s->user_bias[u] - s->item_bias[item] - z);
			sum += error * error;
		}
	return sum;
}

static int epoch(struct model *m, const struct train_input *in, void *work, size_t number, double *loss, struct err *e)
{
	(void)number;
	(void)e;
	struct als *a = work;
	struct mf_state *s = m->state;
	struct mf_side users = mf_side_of(m, true), items = mf_side_of(m, false);
	mf_solve_rows(&users, &a->by_user, NULL, m->users.n, s->user_factors, s->user_bias, in->pool);
	mf_solve_rows(&items, &a->by_item, NULL, m->items.n, s->item_factors, s->item_bias, in->pool);
	struct loss l = { m, &a->by_user };
	double sum = pool_sum(in->pool, blocks_of(m->users.n, LOSS_BLOCK), loss_block, &l);
	*loss = sqrt(sum / (double)in->train->n);
	return 0;
}

static int end(struct model *m, const struct train_input *in, void *work, bool failed, struct err *e)
{
	(void)m;
	(void)in;
	(void)failed;
	(void)e;
	struct als *a = work;
	csr_release(&a->by_user);
	csr_release(&a->by_item);
	mem_free(a);
	return 0;
}

const struct learner mf_als = { begin, epoch, NULL, end, "rmse", "raise --reg" };
