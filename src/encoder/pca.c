/* pca.c: see pca.h. The covariance is summed in doubles on one thread: it sees at most some thousands of rows, and its
 * eigenvectors take longer. */
#include "encoder/pca.h"
#include "base/mem.h"
#include "linalg/blas.h"
#include "linalg/kernels.h"

#include <math.h>
#include <string.h>

enum { SEE_ROWS = 256, APPLY_ROWS = 64 };

void pca_init(struct pca *p, size_t n_in, size_t n_out)
{
	*p = (struct pca){ .n_in = n_in, .n_out = n_out, .n_in16 = KERNEL_PAD(n_in) };
	p->component = mem_zalloc(n_out, p->n_in16 * sizeof *p->component);
	p->offset = MEM_ZNEW(n_out, float);
}

void pca_release(struct pca *p)
{
	mem_free(p->moment);
	mem_free(p->sum);
	mem_free(p->component);
	mem_free(p->offset);
	mem_free(p->saved);
	*p = (struct pca){ 0 };
}

void pca_see(struct pca *p, const float *rows, size_t n)
{
	if (!p->moment) {
		p->moment = mem_zalloc(p->n_in, p->n_in * sizeof *p->moment);
		p->sum = MEM_ZNEW(p->n_in, double);
	}
	double *wide = mem_alloc(SEE_ROWS, p->n_in * sizeof *wide);
	for (size_t b = 0; b < blocks_of(n, SEE_ROWS); b++) {
		size_t from, to;
		block_range(n, SEE_ROWS, b, &from, &to);
		for (size_t i = 0; i < (to - from) * p->n_in; i++) {
			wide[i] = rows[from * p->n_in + i];
			p->sum[i % p->n_in] += wide[i];
		}
		blas_syrk_f64(p->n_in, to - from, 1, wide, p->n_in, 1, p->moment, p->n_in);
	}
	p->n_seen += n;
	mem_free(wide);
}

/* moment becomes the covariance (its lower triangle), sum the mean. */
static void centre(struct pca *p)
{
	double n = p->n_seen ? (double)p->n_seen : 1;
	for (size_t i = 0; i < p->n_in; i++)
		p->sum[i] /= n;
	for (size_t i = 0; i < p->n_in; i++)
		for (size_t j = 0; j <= i; j++)
			p->moment[i * p->n_in + j] = p->moment[i * p->n_in + j] / n - p->sum[i] * p->sum[j];
}

/* The sign of an eigenvector is arbitrary: the coordinate of largest size is made positive. */
static double sign_of(const double *v, size_t n)
{
	size_t largest = 0;
	for (size_t i = 1; i < n; i++)
		if (fabs(v[i]) > fabs(v[largest]))
			largest = i;
	return v[largest] < 0 ? -1 : 1;
}

int pca_fit(struct pca *p, size_t skip, bool whiten, struct err *e)
{
	size_t n = p->n_in;
	pca_see(p, NULL, 0);
	centre(p);
	double *eigen = MEM_NEW(n, double);
	bool ok = blas_eigen_f64(p->moment, n, n, eigen);
	double least = ok ? 1e-6 * eigen[n - 1] + 1e-30 : 1;
	for (size_t c = 0; c < p->n_out && ok; c++) {
		const double *v = p->moment + (n - 1 - skip - c) * n;
		double variance = eigen[n - 1 - skip - c], offset = 0;
		double scale = sign_of(v, n) / (whiten ? sqrt(variance > least ? variance : least) : 1);
		for (size_t i = 0; i < n; i++) {
			p->component[c * p->n_in16 + i] = (float)(scale * v[i]);
			offset += scale * v[i] * p->sum[i];
		}
		p->offset[c] = (float)offset;
	}
	mem_free(eigen);
	return ok ? 0 : err_data(e, "the vectors of the corpus have no principal components: not all are finite");
}

struct apply {
	const struct pca *p;
	const float *rows;
	size_t n;
	float *out;
};

static void apply_block(void *context, size_t block, size_t worker)
{
	(void)worker;
	const struct apply *a = context;
	const struct pca *p = a->p;
	const struct kernels *k = kernels_at(cpu_level());
	float *x = MEM_ZNEW(p->n_in16, float);
	size_t from, to;
	block_range(a->n, APPLY_ROWS, block, &from, &to);
	for (size_t r = from; r < to; r++) {
		memcpy(x, a->rows + r * p->n_in, p->n_in * sizeof *x);
		for (size_t c = 0; c < p->n_out; c++)
			a->out[r * p->n_out + c] = k->dot(p->component + c * p->n_in16, x, p->n_in16) - p->offset[c];
	}
	mem_free(x);
}

void pca_apply(const struct pca *p, const float *rows, size_t n, float *out, struct pool *pool)
{
	pool_run(pool, blocks_of(n, APPLY_ROWS), apply_block, &(struct apply){ p, rows, n, out });
}

void pca_save(struct pca *p, struct tensor_writer *w)
{
	p->saved = mem_resize(p->saved, 0, p->n_out * p->n_in, sizeof *p->saved);
	for (size_t c = 0; c < p->n_out; c++)
		memcpy(p->saved + c * p->n_in, p->component + c * p->n_in16, p->n_in * sizeof *p->saved);
	tensor_writer_add(w, "pca.components", DT_F32, 2, (size_t[]){ p->n_out, p->n_in }, p->saved);
	tensor_writer_add(w, "pca.offset", DT_F32, 1, &p->n_out, p->offset);
}

static bool all_finite(const float *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isfinite(v[i]))
			return false;
	return true;
}

int pca_load(struct pca *p, const struct tensorfile *t, struct err *e)
{
	const struct tensor *components, *offset;
	int rc = tensorfile_need(t, "pca.components", DT_F32, 2, (size_t[]){ p->n_out, p->n_in }, &components, e);
	if (!rc)
		rc = tensorfile_need(t, "pca.offset", DT_F32, 1, &p->n_out, &offset, e);
	if (rc)
		return rc;
	if (!all_finite(components->data, p->n_out * p->n_in) || !all_finite(offset->data, p->n_out))
		return err_data(e, "%s: the principal components are not all finite", tensorfile_name(t));
	for (size_t c = 0; c < p->n_out; c++)
		memcpy(p->component + c * p->n_in16, (const float *)components->data + c * p->n_in,
		       p->n_in * sizeof *p->component);
	memcpy(p->offset, offset->data, p->n_out * sizeof *p->offset);
	return 0;
}
