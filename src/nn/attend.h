/* attend.h: multi-head scaled dot-product attention (Vaswani et al. 2017) of one sequence, with its gradient;
 * attention.h is the inference kernel.
 *
 *     a_h = softmax(q_h k_h^T / sqrt(d)),   out_h = drop(a_h) v_h,   head h of H, each of d columns
 *
 * qkv [T, 3, H, d] contiguous, out [T, H, d]. Query t sees the keys below `seen`: min(t + 1, n_keys) where causal,
 * else n_keys; so a sequence padded to T has n_keys real rows, and packed sequences of any lengths need no padding.
 * n_keys is in [1, T]. Forward saves weights [H, T, T], zero where a key is not seen. mask [H, T, T] is a dropout
 * mask of the weights (nn/dropout.h), or NULL. */
#ifndef RECPIPE_NN_ATTEND_H
#define RECPIPE_NN_ATTEND_H

#include "nn/real.h"

#include <stdbool.h>

struct attend {
	size_t T, n_keys, H, d;
	bool causal;
	const uint8_t *mask;
	double p; /* of the mask */
};

/* scratch [T, T] where there is a mask, else NULL. */
void attend_forward(const struct attend *a, const real *qkv, real *weights, real *out, real *scratch);
/* dqkv += ...; scratch [2, T, T]. */
void attend_backward(const struct attend *a, const real *qkv, const real *weights, const real *dout, real *dqkv,
		     real *scratch);

#endif
