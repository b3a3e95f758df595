/* blas.h: the sole door to BLAS and LAPACK. Matrices are row-major; ld is the distance of rows in elements.
 *
 * BLAS runs on the calling thread only: callers cut the work into fixed blocks and give them to pool_run, so a result
 * does not depend on the number of threads. Dimensions beyond what BLAS can count (2^31 - 1) are fatal, not cut. */
#ifndef RECPIPE_LINALG_BLAS_H
#define RECPIPE_LINALG_BLAS_H

#include <stdbool.h>
#include <stddef.h>

/* c[m,n] = alpha * op(a)[m,k] op(b)[k,n] + beta * c; op(x) is x, or its transpose where ta (tb) is set. */
void blas_gemm_f32(bool ta, bool tb, size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
		   const float *b, size_t ldb, float beta, float *c, size_t ldc);
void blas_gemm_f64(bool ta, bool tb, size_t m, size_t n, size_t k, double alpha, const double *a, size_t lda,
		   const double *b, size_t ldb, double beta, double *c, size_t ldc);
/* Lower triangle of c[n,n] = alpha * a' a + beta * c for a[k,n]. */
void blas_syrk_f64(size_t n, size_t k, double alpha, const double *a, size_t lda, double beta, double *c, size_t ldc);

/* Cholesky: the lower triangle of a[n,n] becomes L with L L' = a; the upper one is left alone. False where a is not
 * positive definite (then a is spoilt). */
bool blas_cholesky_f64(double *a, size_t n, size_t ld);
/* Solve L L' x = b in place, for n_rhs right-hand sides that lie in the rows of b[n_rhs, n]. */
void blas_cholesky_solve_f64(const double *l, size_t n, size_t ld, double *b, size_t n_rhs);
/* The lower triangle of (L L')^-1, in place of L. */
void blas_cholesky_inverse_f64(double *l, size_t n, size_t ld);

/* Eigendecomposition of the symmetric a[n,n], of which the lower triangle is read: values ascending into eigen[n], and
 * the eigenvectors as the rows of a. False where it does not converge (a holds what is not a number). */
bool blas_eigen_f64(double *a, size_t n, size_t ld, double *eigen);

#endif
