/* attention.h: multi-head scaled dot-product attention (Vaswani et al. 2017) of one sequence.
 *
 *     a_h = softmax(q_h k_h^T / sqrt(d)),   out_h = drop(a_h) v_h,   head h of H, each of d columns
 *
 * qkv [T, 3, H, d] contiguous, out [T, H, d]. A sequence is attended to by itself, so sequences of any lengths lie behind
 * each other without padding. */
#ifndef RECPIPE_NN_ATTENTION_H
#define RECPIPE_NN_ATTENTION_H

#include "nn/real.h"

/* ---- inference: every query sees every key ---- */

/* Floats of scratch for sequences of up to T tokens. */
size_t attention_scratch(size_t T, size_t H, size_t d);
/* scratch is 64-byte aligned. T at least 1. narrow: products in bfloat16 where the processor has its dot products (and d is
 * even), and exponentials to 1e-4, for encoders that round their activations anyway. */
void attention(enum cpu_level level, bool narrow, size_t T, size_t H, size_t d, const float *qkv, float *out, float *scratch);

/* ---- learning ---- */

/* Query t sees the keys below `seen`: min(t + 1, n_keys) where causal, else n_keys; so a sequence padded to T has n_keys
 * real rows. n_keys is in [1, T]. Forward saves weights [H, T, T], zero where a key is not seen. mask [H, T, T] is a
 * dropout mask of the weights (nn/dropout.h), or NULL. */
struct attention {
	size_t T, n_keys, H, d;
	bool causal;
	const uint8_t *mask;
	double p; /* of the mask */
};

/* scratch [T, T] where there is a mask, else NULL. */
void attention_forward(const struct attention *a, const real *qkv, real *weights, real *out, real *scratch);
/* dqkv += ...; scratch [2, T, T]. */
void attention_backward(const struct attention *a, const real *qkv, const real *weights, const real *dout, real *dqkv,
			real *scratch);

#endif
