/* seq_net.h: the network of model seq, forward and backward: a causal transformer over packed event sequences.
 *
 * Tokens of a sequence are [start,] i_1, i_2, ...; the item table e [R, d] is both input and output (Kang and
 * McAuley 2018).
 *
 *     x   = drop(sqrt(d) e_i + p_t)            (the start token has a vector of its own in the place of sqrt(d) e_i)
 *     x  += drop(W_o attend(norm_1(x)))        in each layer, heads attend to themselves and what came before
 *     x  += drop(W_2 act(W_1 norm_2(x)))
 *     h   = norm(x),   score of item j as the next one = h . e_j,   its rating less the biases = v . h + w . (h e_j)
 *
 * That is with norms before (pre). With norms after (post, as in BERT), what each part adds to is normalised too:
 *
 *     x   = sqrt(d) e_i + p_t,   n = norm_1(x), in the first layer drop(norm_1(x))
 *     x   = n + drop(W_o attend(n));   n = norm_2(x);   x = n + drop(W_2 act(W_1 n))
 *
 * Written for `real` (nn/real.h): tests/grad checks the whole of it in double. Runs on the calling thread. */
#ifndef RECPIPE_MODEL_SEQ_NET_H
#define RECPIPE_MODEL_SEQ_NET_H

#include "base/rng.h"
#include "nn/activation.h"
#include "nn/real.h"

#include <stdbool.h>

#define SEQ_NONE UINT32_MAX /* the start token; no target */
#define SEQ_EPS 1e-5

struct seq_shape {
	size_t d, inner, H, L, T; /* width, of the middle of a layer, heads, layers, most tokens of a sequence */
	enum activation act;
	bool rates; /* whether there is a rating head */
	bool post;  /* norms after the parts of a layer */
};

/* All weights but the item table. Norms are gain, then bias. Arrays that layers have lie layer by layer. */
enum seq_array {
	SEQ_START, SEQ_POSITIONS,  /* [d], [T, d] */
	SEQ_NORM1, SEQ_QKV, SEQ_QKV_BIAS, SEQ_OUT, SEQ_OUT_BIAS,      /* each x L: [2, d], [3d, d], [3d], [d, d], [d] */
	SEQ_NORM2, SEQ_UP, SEQ_UP_BIAS, SEQ_DOWN, SEQ_DOWN_BIAS,      /* [2, d], [inner, d], [inner], [d, inner], [d] */
	SEQ_NORM,                                                     /* [2, d] */
	SEQ_HEAD,                                                     /* [2, d] v and w of the rating head; absent without one */
	SEQ_ARRAYS,
};
/* Values of an array in one layer (in all, where it has no layers); whether it has layers; whether decay applies. */
size_t seq_array_width(const struct seq_shape *s, enum seq_array a);
bool seq_array_layered(enum seq_array a);
bool seq_array_decays(enum seq_array a);
/* The same over all layers. */
size_t seq_array_size(const struct seq_shape *s, enum seq_array a);

/* What a user had before the target of the first token of a sequence: the n first of item, in which the targets follow. */
struct seq_before {
	const uint32_t *item;
	size_t n;
};

/* Sequences one behind the other, token t of sequence i at start[i] + t; each of 1..T tokens. */
struct seq_batch {
	size_t n_seqs;
	const size_t *start;       /* [n_seqs + 1], the first is 0 */
	const uint32_t *token;     /* row of the table, or SEQ_NONE */
	const uint32_t *target;    /* row of the table that comes next, or SEQ_NONE where nothing is learned */
	const real *rating;        /* of targets, less what the biases say; read only with a rating head */
	const struct seq_before *before; /* [n_seqs]; read only by a softmax over unseen items */
};

enum seq_loss_kind { SEQ_SOFTMAX, SEQ_SAMPLED, SEQ_BPR, SEQ_GBCE }; /* order of "softmax|sampled|bpr|gbce" */
struct seq_loss {
	enum seq_loss_kind kind;
	real scale;                /* of gradients: 1 / targets of the whole batch */
	size_t n_rows;             /* of the table: all are classes of the softmax, */
	const uint32_t *row_of;    /* or, where this is not NULL, those that the user has not had: row of every item */
	size_t n_negatives;        /* the others: shared negatives, */
	const uint32_t *negative;  /* rows of the table, */
	const real *log_q;         /* log expected counts of each, */
	const real *row_log_q;     /* and of every row of the table */
	real beta;                 /* gBCE */
	real rating_weight;        /* of the rating head's squared error beside it */
};

/* Work area of one thread. */
struct seq_run;
/* For batches of up to n tokens; n_scores is the number of classes or negatives, 0 where only seq_forward is used. */
struct seq_run *seq_run_new(const struct seq_shape *s, size_t n, size_t n_scores);
void seq_run_free(struct seq_run *r);
/* h [n, d], valid until the next call. rng NULL or p 0: no dropout. */
const real *seq_forward(struct seq_run *r, real *const w[SEQ_ARRAYS], const real *table, const struct seq_batch *b,
			double p, struct rng *rng);
/* weight[T]: what the last of the T tokens of the first sequence of seq_forward attended to in the last layer, as the mean
 * over the heads; they add up to 1. */
void seq_attention(const struct seq_run *r, size_t T, real *weight);
/* What the rating head (SEQ_HEAD) says of an item e [d] after h [d]. */
real seq_rating(size_t d, const real *head, const real *h, const real *e);
/* Forward and backward: adds scale times the gradient to dw and dtable [R, d]; returns the sum of losses. */
double seq_learn(struct seq_run *r, real *const w[SEQ_ARRAYS], const real *table, const struct seq_batch *b,
		 const struct seq_loss *l, double p, struct rng *rng, real *const dw[SEQ_ARRAYS], real *dtable);

#endif
