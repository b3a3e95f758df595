/* blas.c: see blas.h. LAPACK is column-major, so our row-major lower triangle is its upper one; the LAPACKE _work
 * calls in column-major order copy nothing. */
#include "linalg/blas.h"

#include <cblas.h>
#include <lapacke.h>
#include <limits.h>

/* A threaded OpenBLAS must not start threads of its own within our blocks. */
__attribute__((constructor)) static void one_thread(void)
{
	openblas_set_num_threads(1);
}

static int whole(size_t n)
{
	if (n > INT_MAX)
		__builtin_trap();
	return (int)n;
}

static CBLAS_TRANSPOSE op(bool transposed)
{
	return transposed ? CblasTrans : CblasNoTrans;
}

void blas_gemm_f32(bool ta, bool tb, size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
		   const float *b, size_t ldb, float beta, float *c, size_t ldc)
{
	cblas_sgemm(CblasRowMajor, op(ta), op(tb), whole(m), whole(n), whole(k), alpha, a, whole(lda), b, whole(ldb), beta,
		    c, whole(ldc));
}

void blas_gemm_f64(bool ta, bool tb, size_t m, size_t n, size_t k, double alpha, const double *a, size_t lda,
		   const double *b, size_t ldb, double beta, double *c, size_t ldc)
{
	cblas_dgemm(CblasRowMajor, op(ta), op(tb), whole(m), whole(n), whole(k), alpha, a, whole(lda), b, whole(ldb), beta,
		    c, whole(ldc));
}

void blas_gemv_f32(bool ta, size_t m, size_t n, float alpha, const float *a, size_t lda, const float *x, float beta,
		   float *y)
{
	cblas_sgemv(CblasRowMajor, op(ta), whole(m), whole(n), alpha, a, whole(lda), x, 1, beta, y, 1);
}

void blas_syrk_f32(size_t n, size_t k, float alpha, const float *a, size_t lda, float beta, float *c, size_t ldc)
{
	cblas_ssyrk(CblasRowMajor, CblasLower, CblasTrans, whole(n), whole(k), alpha, a, whole(lda), beta, c, whole(ldc));
}

void blas_syrk_f64(size_t n, size_t k, double alpha, const double *a, size_t lda, double beta, double *c, size_t ldc)
{
	cblas_dsyrk(CblasRowMajor, CblasLower, CblasTrans, whole(n), whole(k), alpha, a, whole(lda), beta, c, whole(ldc));
}

bool blas_cholesky_f32(float *a, size_t n, size_t ld)
{
	return LAPACKE_spotrf_work(LAPACK_COL_MAJOR, 'U', whole(n), a, whole(ld)) == 0;
}

bool blas_cholesky_f64(double *a, size_t n, size_t ld)
{
	return LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'U', whole(n), a, whole(ld)) == 0;
}

void blas_cholesky_solve_f32(const float *l, size_t n, size_t ld, float *b, size_t n_rhs)
{
	(void)LAPACKE_spotrs_work(LAPACK_COL_MAJOR, 'U', whole(n), whole(n_rhs), l, whole(ld), b, whole(n));
}

void blas_cholesky_solve_f64(const double *l, size_t n, size_t ld, double *b, size_t n_rhs)
{
	(void)LAPACKE_dpotrs_work(LAPACK_COL_MAJOR, 'U', whole(n), whole(n_rhs), l, whole(ld), b, whole(n));
}

void blas_cholesky_inverse_f32(float *l, size_t n, size_t ld)
{
	(void)LAPACKE_spotri_work(LAPACK_COL_MAJOR, 'U', whole(n), l, whole(ld));
}

void blas_cholesky_inverse_f64(double *l, size_t n, size_t ld)
{
	(void)LAPACKE_dpotri_work(LAPACK_COL_MAJOR, 'U', whole(n), l, whole(ld));
}
