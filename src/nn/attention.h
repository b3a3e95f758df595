/* attention.h: scaled dot-product attention of one sequence (Vaswani et al. 2017), every head.
 *
 *     out_h = softmax(q_h k_h^T / sqrt(d)) v_h,   d = width / n_heads
 *
 * A sequence is attended to by itself, so texts of any lengths lie behind each other without padding. */
#ifndef RECPIPE_NN_ATTENTION_H
#define RECPIPE_NN_ATTENTION_H

#include "linalg/cpu.h"

#include <stddef.h>

/* Floats of scratch for sequences of up to `tokens` and heads of d. */
size_t attention_scratch(size_t tokens, size_t d);
/* qkv [tokens, 3, n_heads, d] contiguous; out [tokens, n_heads, d]; scratch is 64-byte aligned. tokens at least 1. */
void attention(enum cpu_level level, size_t tokens, size_t n_heads, size_t d, const float *qkv, float *out,
	       float *scratch);

#endif
