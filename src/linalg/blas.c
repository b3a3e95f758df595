/* blas.c: see blas.h. LAPACK is column-major, so our row-major lower triangle is its upper one; the LAPACKE _work
 * calls in column-major order copy nothing.
 *
 * The serial build of OpenBLAS hands out its work buffers without a lock: two threads in it at once spoil each other's
 * results (seen as NaN in ALS, about one run in three). Calls into that build therefore take turns; the pthread and
 * OpenMP builds need no lock. Hot loops use linalg/kernels.h. */
#include "linalg/blas.h"

#include <cblas.h>
#include <lapacke.h>
#include <limits.h>
#include <pthread.h>

/* A threaded OpenBLAS must not start threads of its own within our blocks. Those that it starts when it is loaded would
 * keep a processor busy for the first tens of milliseconds, waiting for work: they are ended (no header has the name). */
extern int blas_thread_shutdown_(void) __attribute__((weak));
__attribute__((constructor)) static void one_thread(void)
{
	openblas_set_num_threads(1);
	if (blas_thread_shutdown_)
		blas_thread_shutdown_();
}

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

static bool enter(void)
{
	return openblas_get_parallel() == OPENBLAS_SEQUENTIAL && pthread_mutex_lock(&turn) == 0;
}

static void leave(bool locked)
{
	if (locked)
		pthread_mutex_unlock(&turn);
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
	bool locked = enter();
	cblas_sgemm(CblasRowMajor, op(ta), op(tb), whole(m), whole(n), whole(k), alpha, a, whole(lda), b, whole(ldb), beta,
		    c, whole(ldc));
	leave(locked);
}

void blas_gemm_f64(bool ta, bool tb, size_t m, size_t n, size_t k, double alpha, const double *a, size_t lda,
		   const double *b, size_t ldb, double beta, double *c, size_t ldc)
{
	bool locked = enter();
	cblas_dgemm(CblasRowMajor, op(ta), op(tb), whole(m), whole(n), whole(k), alpha, a, whole(lda), b, whole(ldb), beta,
		    c, whole(ldc));
	leave(locked);
}

void blas_syrk_f64(size_t n, size_t k, double alpha, const double *a, size_t lda, double beta, double *c, size_t ldc)
{
	bool locked = enter();
	cblas_dsyrk(CblasRowMajor, CblasLower, CblasTrans, whole(n), whole(k), alpha, a, whole(lda), beta, c, whole(ldc));
	leave(locked);
}

bool blas_cholesky_f64(double *a, size_t n, size_t ld)
{
	bool locked = enter();
	bool ok = LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'U', whole(n), a, whole(ld)) == 0;
	leave(locked);
	return ok;
}

void blas_cholesky_solve_f64(const double *l, size_t n, size_t ld, double *b, size_t n_rhs)
{
	bool locked = enter();
	(void)LAPACKE_dpotrs_work(LAPACK_COL_MAJOR, 'U', whole(n), whole(n_rhs), l, whole(ld), b, whole(n));
	leave(locked);
}

void blas_cholesky_inverse_f64(double *l, size_t n, size_t ld)
{
	bool locked = enter();
	(void)LAPACKE_dpotri_work(LAPACK_COL_MAJOR, 'U', whole(n), l, whole(ld));
	leave(locked);
}

/* Eigenvectors are columns of a column-major matrix: our rows. */
bool blas_eigen_f64(double *a, size_t n, size_t ld, double *eigen)
{
	bool locked = enter();
	bool ok = LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'V', 'U', whole(n), a, whole(ld), eigen) == 0;
	leave(locked);
	return ok;
}
