/* mlm_net.h: the head that a BERT-class network learns masked words by (Devlin et al. 2019), forward and backward.
 *
 *     y = norm(act(W h + b)),   score of word v = e_v . y + c_v,   e: the word embeddings of the network itself
 *
 * and the softmax cross-entropy of the words that were there, over the masked tokens alone. Blocks of tokens and of words
 * run side by side; their bytes are the same at any number of threads. Written for `real` (nn/real.h). */
#ifndef RECPIPE_ENCODER_MLM_NET_H
#define RECPIPE_ENCODER_MLM_NET_H

#include "base/threads.h"
#include "nn/activation.h"
#include "nn/real.h"

struct mlm_shape {
	size_t V, d;
	enum activation act;
	double eps;
};

enum mlm_array { MLM_DENSE, MLM_DENSE_BIAS, MLM_NORM, MLM_BIAS, MLM_ARRAYS }; /* [d, d], [d], [2, d], [V] */
size_t mlm_array_size(const struct mlm_shape *s, enum mlm_array a);
bool mlm_array_decays(enum mlm_array a);

/* The masked tokens of a batch: rows of h, no two the same, and what stood there. */
struct mlm_targets {
	size_t n;
	const uint32_t *row, *word;
};

struct mlm_net;
/* pool is borrowed. Owner: caller. */
struct mlm_net *mlm_net_new(const struct mlm_shape *s, struct pool *pool);
void mlm_net_free(struct mlm_net *r);
/* The sum of the losses; words is e [V, d]. */
double mlm_net_loss(struct mlm_net *r, real *const w[MLM_ARRAYS], const real *words, const real *h,
		    const struct mlm_targets *t);
/* The same, and scale times the gradient is added to dw, dwords [V, d] and dh, where h has rows. */
double mlm_net_learn(struct mlm_net *r, real *const w[MLM_ARRAYS], const real *words, const real *h,
		     const struct mlm_targets *t, real scale, real *const dw[MLM_ARRAYS], real *dwords, real *dh);

#endif
