/* mf_text.c: from text vectors to parameters, in closed form.
 *
 * When the solver is done, the rows (factors and bias) of trained entities are regressed on their text vectors by
 * weighted ridge regression; the map's values are the prior means of one more exact solution of the rows (mf_row.c), so
 * an item with few events stays near what its text says and one with none is exactly that. Agarwal and Chen,
 * "Regression-based latent factor models", KDD 2009, who fit the map in every sweep: here that made the rows follow the
 * map, which leave-one-out then took for a good fit (ML-100K: warm error .918 instead of .911, cold worse than none).
 *
 * One eigendecomposition of the Gram matrix serves all strengths and all columns; the strength is the one with the least
 * leave-one-out error (Allen 1974, PRESS), for the factors together and for the bias. */
#include "base/mem.h"
#include "linalg/blas.h"
#include "model/mf.h"

#include <math.h>
#include <string.h>

struct mf_text {
	size_t n, width;         /* entities with a vector; of the vectors */
	uint32_t *row;           /* their rows in the model */
	const float **vector;
	double *weight;          /* n_events / (n_events + HALF_WEIGHT): 0 without events */
	double *mean;            /* [width] weighted mean of the vectors */
	double *eigen, *basis;   /* [width], [width, width]: rows are eigenvectors of the centred, weighted Gram matrix */
	double total_weight;
	struct pool *pool;
};

enum { HALF_WEIGHT = 20, TEXT_BLOCK = 256, MAX_LEFT_OUT = 4096, N_STRENGTHS = 13 };

/* Vectors minus their mean, of entities [from, to), each times the root of its weight where weighted is set. */
static void centred(const struct mf_text *t, size_t from, size_t to, bool weighted, double *out)
{
	for (size_t i = from; i < to; i++) {
		double scale = weighted ? sqrt(t->weight[i]) : 1;
		for (size_t d = 0; d < t->width; d++)
			out[(i - from) * t->width + d] = scale * ((double)t->vector[i][d] - t->mean[d]);
	}
}

static void weighted_mean(struct mf_text *t)
{
	for (size_t i = 0; i < t->n; i++) {
		t->total_weight += t->weight[i];
		for (size_t d = 0; d < t->width; d++)
			t->mean[d] += t->weight[i] * (double)t->vector[i][d];
	}
	for (size_t d = 0; d < t->width; d++)
		t->mean[d] /= t->total_weight > 0 ? t->total_weight : 1;
}

static void decompose(struct mf_text *t)
{
	double *rows = MEM_NEW(TEXT_BLOCK * t->width, double);
	for (size_t from = 0; from < t->n; from += TEXT_BLOCK) {
		size_t to = t->n - from < TEXT_BLOCK ? t->n : from + TEXT_BLOCK;
		centred(t, from, to, true, rows);
		blas_syrk_f64(t->width, to - from, 1, rows, t->width, 1, t->basis, t->width);
	}
	mem_free(rows);
	blas_eigen_f64(t->basis, t->width, t->width, t->eigen);
}

static bool is_zero(const float *v, size_t n)
{
	while (n && *v == 0)
		v++, n--;
	return n == 0;
}

struct mf_text *mf_text_new(const struct embeddings *emb, const struct idmap *ids, const struct csr *c,
			    struct pool *pool)
{
	if (!emb)
		return NULL;
	struct mf_text *t = MEM_ZNEW(1, struct mf_text);
	t->width = emb->width;
	t->pool = pool;
	t->row = MEM_NEW(ids->n, uint32_t);
	t->vector = MEM_NEW(ids->n, const float *);
	t->weight = MEM_NEW(ids->n, double);
	for (size_t i = 0; i < ids->n; i++) {
		const float *v = embeddings_find(emb, idmap_id(ids, (uint32_t)i));
		if (!v || is_zero(v, t->width))
			continue;
		double n = i < c->n_rows ? (double)(c->start[i + 1] - c->start[i]) : 0;
		t->row[t->n] = (uint32_t)i;
		t->vector[t->n] = v;
		t->weight[t->n++] = n / (n + HALF_WEIGHT);
	}
	t->mean = MEM_ZNEW(t->width, double);
	t->eigen = MEM_ZNEW(t->width, double);
	t->basis = MEM_ZNEW(t->width * t->width, double);
	weighted_mean(t);
	decompose(t);
	return t;
}

void mf_text_free(struct mf_text *t)
{
	if (!t)
		return;
	mem_free(t->row);
	mem_free(t->vector);
	mem_free(t->weight);
	mem_free(t->mean);
	mem_free(t->eigen);
	mem_free(t->basis);
	mem_free(t);
}

/* Row i of the regression's targets, minus their weighted means. */
static void target_row(const struct mf_text *t, const struct mf_half *h, size_t K, const double *mean, size_t i, double *y)
{
	for (size_t k = 0; k < K; k++)
		y[k] = (double)h->factors[t->row[i] * K + k] - mean[k];
	y[K] = (double)h->bias[t->row[i]] - mean[K];
}

/* Weighted means of the targets, and their products with the vectors, in the eigenbasis: C[width, K+1]. */
static void products(const struct mf_text *t, const struct mf_half *h, size_t K, double *mean, double *C)
{
	size_t D = t->width, M = K + 1;
	double *rows = MEM_NEW(TEXT_BLOCK * D, double), *y = MEM_ZNEW(TEXT_BLOCK * M, double);
	double *plain = MEM_ZNEW(D * M, double);
	for (size_t i = 0; i < t->n; i++) {
		target_row(t, h, K, mean, i, y);
		for (size_t k = 0; k < M; k++)
			plain[k] += t->weight[i] * y[k];
	}
	for (size_t k = 0; k < M; k++)
		mean[k] = plain[k] / (t->total_weight > 0 ? t->total_weight : 1);
	memset(plain, 0, D * M * sizeof *plain);
	for (size_t from = 0; from < t->n; from += TEXT_BLOCK) {
		size_t n = t->n - from < TEXT_BLOCK ? t->n - from : TEXT_BLOCK;
		centred(t, from, from + n, true, rows);
		for (size_t i = 0; i < n; i++) {
			target_row(t, h, K, mean, from + i, y + i * M);
			for (size_t k = 0; k < M; k++)
				y[i * M + k] *= sqrt(t->weight[from + i]);
		}
		blas_gemm_f64(true, false, D, M, n, 1, rows, D, y, M, 1, plain, M);
	}
	blas_gemm_f64(false, false, D, M, D, 1, t->basis, D, plain, M, 0, C, M);
	mem_free(rows);
	mem_free(y);
	mem_free(plain);
}

/* Strength s: from 1/1000 to 1000 times the mean eigenvalue. */
static double strength(const struct mf_text *t, size_t s)
{
	double trace = 0;
	for (size_t d = 0; d < t->width; d++)
		trace += t->eigen[d];
	return (trace / (double)t->width + 1e-12) * pow(10, -3 + 6 * (double)s / (N_STRENGTHS - 1));
}

static void shrunk(const struct mf_text *t, const double *C, size_t M, double lambda, double *out)
{
	for (size_t d = 0; d < t->width; d++)
		for (size_t k = 0; k < M; k++)
			out[d * M + k] = C[d * M + k] / (fmax(t->eigen[d], 0) + lambda);
}

/* Leave-one-out errors of strength s over the entities left out, a column of targets each. */
struct left_out {
	const struct mf_text *t;
	size_t K, n;
	const double *C, *z, *y;  /* [width, K+1]; [n, width] vectors in the eigenbasis; [n, K+1] targets */
	const double *weight;     /* [n] */
	double *error;            /* [N_STRENGTHS, K+1] */
};

static void left_out_errors(void *context, size_t s, size_t worker)
{
	(void)worker;
	struct left_out *l = context;
	const struct mf_text *t = l->t;
	size_t D = t->width, M = l->K + 1;
	double lambda = strength(t, s), *coefficients = MEM_NEW(D * M, double), *fit = MEM_NEW(l->n * M, double);
	shrunk(t, l->C, M, lambda, coefficients);
	blas_gemm_f64(false, false, l->n, M, D, 1, l->z, D, coefficients, M, 0, fit, M);
	double *sum = l->error + s * M;
	memset(sum, 0, M * sizeof *sum);
	for (size_t i = 0; i < l->n; i++) {
		double own = 1 / t->total_weight;
		for (size_t d = 0; d < D; d++)
			own += l->z[i * D + d] * l->z[i * D + d] / (fmax(t->eigen[d], 0) + lambda);
		double left = fmax(1 - l->weight[i] * own, 1e-6);
		for (size_t k = 0; k < M; k++) {
			double error = (l->y[i * M + k] - fit[i * M + k]) / left;
			sum[k] += l->weight[i] * error * error;
		}
	}
	mem_free(coefficients);
	mem_free(fit);
}

/* The best strength for each column of targets, by leave-one-out over at most MAX_LEFT_OUT entities. */
static void choose(const struct mf_text *t, const struct mf_half *h, size_t K, const double *mean, const double *C,
		   double *best)
{
	size_t D = t->width, M = K + 1, step = t->n / MAX_LEFT_OUT + 1, n = 0;
	double *x = MEM_NEW((t->n / step + 1) * D, double), *z = MEM_NEW((t->n / step + 1) * D, double);
	double *y = MEM_NEW((t->n / step + 1) * M, double), *weight = MEM_NEW(t->n / step + 1, double);
	double *error = MEM_NEW(N_STRENGTHS * M, double);
	for (size_t i = 0; i < t->n; i += step) {
		if (!(t->weight[i] > 0))
			continue;
		centred(t, i, i + 1, false, x + n * D);
		target_row(t, h, K, mean, i, y + n * M);
		weight[n++] = t->weight[i];
	}
	blas_gemm_f64(false, true, n, D, D, 1, x, D, t->basis, D, 0, z, D);
	struct left_out l = { t, K, n, C, z, y, weight, error };
	pool_run(t->pool, N_STRENGTHS, left_out_errors, &l);
	for (size_t k = 0; k < M; k++) {
		size_t least = 0;
		for (size_t s = 1; s < N_STRENGTHS; s++)
			least = error[s * M + k] < error[least * M + k] ? s : least;
		best[k] = strength(t, least);
	}
	mem_free(error);
	mem_free(x);
	mem_free(z);
	mem_free(y);
	mem_free(weight);
}

struct prior {
	const struct mf_text *t;
	struct mf_half *h;
	size_t K;
};

static void prior_block(void *context, size_t block, size_t worker)
{
	(void)worker;
	struct prior *p = context;
	size_t from, to, D = p->t->width, M = p->K + 1;
	block_range(p->t->n, TEXT_BLOCK, block, &from, &to);
	for (size_t i = from; i < to; i++) {
		float *out = p->h->prior + p->t->row[i] * M;
		memcpy(out, p->h->map + D * M, M * sizeof *out);
		for (size_t d = 0; d < D; d++)
			for (size_t k = 0; k < M; k++)
				out[k] += p->t->vector[i][d] * p->h->map[d * M + k];
	}
}

void mf_text_fit(const struct mf_text *t, struct mf_half *h, size_t n, size_t K, struct log *log)
{
	size_t D = t->width, M = K + 1;
	mem_free(h->prior);
	mem_free(h->map);
	h->width = t->width;
	h->prior = MEM_ZNEW(n * M, float);
	h->map = MEM_ZNEW((D + 1) * M, float);
	double *mean = MEM_ZNEW(M, double), *C = MEM_NEW(D * M, double), *plain = MEM_NEW(D * M, double);
	double *best = MEM_NEW(M, double);
	products(t, h, K, mean, C);
	choose(t, h, K, mean, C, best);
	for (size_t d = 0; d < D; d++)
		for (size_t k = 0; k < M; k++)
			C[d * M + k] /= fmax(t->eigen[d], 0) + best[k];
	blas_gemm_f64(true, false, D, M, D, 1, t->basis, D, C, M, 0, plain, M);
	for (size_t k = 0; k < M; k++) {
		double intercept = mean[k];
		for (size_t d = 0; d < D; d++) {
			h->map[d * M + k] = (float)plain[d * M + k];
			intercept -= t->mean[d] * plain[d * M + k];
		}
		h->map[D * M + k] = (float)intercept;
	}
	log_detail(log, "text map: strength %g for the first factor, %g for biases", best[0], best[K]);
	mem_free(best);
	mem_free(mean);
	mem_free(C);
	mem_free(plain);
	struct prior p = { t, h, K };
	pool_run(t->pool, blocks_of(t->n, TEXT_BLOCK), prior_block, &p);
}
