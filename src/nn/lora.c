/* lora.c: see lora.h. */
#include "nn/lora.h"

void lora_merge(size_t out, size_t in, size_t rank, real scale, const real *w, const real *a, const real *b, real *merged)
{
	memcpy(merged, w, out * in * sizeof *merged);
	real_gemm(false, false, out, in, rank, scale, b, rank, a, in, 1, merged, in);
}

void lora_backward(size_t n, size_t out, size_t in, size_t rank, real scale, const real *x, const real *dy, size_t ld,
		   const real *a, const real *b, real *da, real *db, real *scratch)
{
	if (n == 0)
		return;
	real_gemm(false, false, n, rank, out, 1, dy, ld, b, rank, 0, scratch, rank);
	real_gemm(true, false, rank, in, n, scale, scratch, rank, x, in, 1, da, in);
	real_gemm(false, true, n, rank, in, 1, x, in, a, in, 0, scratch, rank);
	real_gemm(true, false, out, rank, n, scale, dy, ld, scratch, rank, 1, db, rank);
}
