/* bert_net.h: the network of a BERT-class encoder as something that learns: forward, backward, and what is frozen.
 *
 *     x   = drop(norm(word + position + type))
 *     x   = norm(x + drop(W_o attend(x)))            in each layer; every token of a text sees every other (post-norm)
 *     x   = norm(x + drop(W_2 act(W_1 x)))
 *
 * Devlin et al. 2019; bert.h is the same network with packed weights, for encoding. Texts lie behind each other without
 * padding. A forward pass takes a chunk of texts, which the caller chooses; blocks of whole texts go through all layers
 * side by side, first forward, then backward, and leave inputs and output gradients of every matrix in place; then each
 * matrix takes its gradient over all tokens of the chunk in one product. So one array of gradients is enough for any
 * number of threads, and its bytes are the same for all.
 *
 * Written for `real` (nn/real.h): tests/grad checks the whole of it in double. */
#ifndef RECPIPE_ENCODER_BERT_NET_H
#define RECPIPE_ENCODER_BERT_NET_H

#include "base/threads.h"
#include "nn/activation.h"
#include "nn/real.h"

struct bert_shape {
	size_t V, P, S;            /* words, rows of positions, token types (0: none, as in DistilBERT) */
	size_t d, inner, H, L;     /* width, of the middle of a layer, heads, layers */
	size_t offset;             /* row of position 0 (RoBERTa: pad_token_id + 1) */
	enum activation act;
	double eps;                /* of the layer norms */
	size_t rank, inner_rank;   /* of the adapters of attention, and of the two matrices behind it; 0: none */
	double lora_scale;         /* alpha / rank */
};

/* All weights. Norms are gain, then bias. Arrays that layers have lie layer by layer. Query, key and value are one
 * matrix; their adapters are three, one behind the other. */
enum bert_array {
	BERT_WORDS, BERT_POSITIONS, BERT_TYPES, BERT_NORM,             /* [V, d], [P, d], [S, d], [2, d] */
	BERT_QKV, BERT_QKV_BIAS, BERT_OUT, BERT_OUT_BIAS, BERT_NORM1,  /* each x L: [3d, d], [3d], [d, d], [d], [2, d] */
	BERT_UP, BERT_UP_BIAS, BERT_DOWN, BERT_DOWN_BIAS, BERT_NORM2,  /* [inner, d], [inner], [d, inner], [d], [2, d] */
	BERT_QKV_A, BERT_QKV_B, BERT_OUT_A, BERT_OUT_B,                /* [3 rank, d], [3d, rank], [rank, d], [d, rank] */
	BERT_UP_A, BERT_UP_B, BERT_DOWN_A, BERT_DOWN_B,                /* of inner_rank */
	BERT_ARRAYS,
};
/* Values of an array in one layer (in all, where it has no layers); whether it has layers; whether decay applies. */
size_t bert_array_width(const struct bert_shape *s, enum bert_array a);
bool bert_array_layered(enum bert_array a);
bool bert_array_decays(enum bert_array a);
/* The same over all layers. */
size_t bert_array_size(const struct bert_shape *s, enum bert_array a);

/* Texts one behind the other, token t of text i at start[i] + t. */
struct bert_batch {
	size_t n_texts;
	const size_t *start;       /* [n_texts + 1], the first is 0; each of 1 to P - offset tokens */
	const uint32_t *token;     /* below V */
	const uint8_t *type;       /* below S; NULL: all 0 */
	const uint32_t *row;       /* of the words' gradient, for each token; NULL: the token itself */
	const real *shift;         /* [n, d] what is added to the word embedding of each token, or NULL */
	real *dshift;              /* [n, d] becomes the gradient of that; needs first to be 0. NULL: nobody asks */
};

struct bert_net;
/* For chunks of up to n tokens in texts of up to T. Layers from `first` on learn (L: none); only they keep what the way
 * back needs, and only they drop out. pool is borrowed. Owner: caller. */
struct bert_net *bert_net_new(const struct bert_shape *s, size_t n, size_t T, size_t first, struct pool *pool);
void bert_net_free(struct bert_net *r);

/* Adapters into the matrices: merged[a] is w[a] + lora_scale B A for the matrices with adapters, caller's, NULL for the
 * others; layers from `first` on. */
void bert_net_merge(const struct bert_shape *s, size_t first, real *const w[BERT_ARRAYS], real *const merged[BERT_ARRAYS],
		    struct pool *pool);

/* h [n, d], valid until the next call. w: the weights to run on (merged ones where there are adapters). p: dropout, 0 for
 * none; masks are drawn from (seed, block). */
const real *bert_net_forward(struct bert_net *r, real *const w[BERT_ARRAYS], const struct bert_batch *b, double p,
			     uint64_t seed);
/* Behind a forward pass with the same arguments: adds the gradient to dw for dh [n, d], the gradient of h. The dw of arrays
 * that layers have begin with layer `first`. Arrays whose dw is NULL do not learn. A matrix with adapters learns by them (then
 * w has A and B too). Embeddings learn where their dw are not NULL and first is 0; all of their four arrays, or none. */
void bert_net_backward(struct bert_net *r, real *const w[BERT_ARRAYS], const struct bert_batch *b, const real *dh,
		       real *const dw[BERT_ARRAYS]);

#endif
