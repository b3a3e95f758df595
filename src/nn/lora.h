/* lora.h: low-rank adaptation of a linear map (Hu et al. 2022): w + scale b a stands where the frozen w stood.
 *
 * w [out, in], a [rank, in], b [out, rank], all contiguous. The network runs on the merged matrix, so that only the
 * gradients know of the two factors:
 *
 *     da = scale b^T dw = scale (dy b)^T x,   db = scale dw a^T = scale dy^T (x a^T)
 *
 * which never need the gradient dw of the whole matrix. */
#ifndef RECPIPE_NN_LORA_H
#define RECPIPE_NN_LORA_H

#include "nn/real.h"

/* merged = w + scale b a. */
void lora_merge(size_t out, size_t in, size_t rank, real scale, const real *w, const real *a, const real *b, real *merged);
/* da += ..., db += ... for n rows x [n, in] and dy [n, out], the latter ld values apart; scratch [n, rank]. n may be 0. */
void lora_backward(size_t n, size_t out, size_t in, size_t rank, real scale, const real *x, const real *dy, size_t ld,
		   const real *a, const real *b, real *da, real *db, real *scratch);

#endif
