/* mf.h: biased matrix factorisation, the parts that its files share.
 *
 *     z(u,i) = mu + b_u + b_i + p_u . q_i
 *
 * mf.c is the class; mf_row.c solves one user or item exactly, mf_logistic.c does for the logistic loss; mf_als.c
 * (als and vb) and mf_sgd.c learn; mf_text.c maps text vectors to parameters; mf_update.c goes on from a trained model.
 * Rows of factors lie K apart, biases in arrays of their own. A row and its bias together are K + 1 numbers, the bias
 * last. */
#ifndef RECPIPE_MODEL_MF_H
#define RECPIPE_MODEL_MF_H

#include "linalg/kernels.h"
#include "model/model.h"

enum mf_solver { MF_VB, MF_ALS, MF_SGD };
enum mf_loss { MF_MSE, MF_LOGISTIC };
enum mf_optimizer { MF_PLAIN, MF_ADAM };

struct mf_options {
	size_t factors, epochs, negatives, update_rounds;
	int solver, loss, optimizer;
	double reg, reg_bias, reg_power, rate, spread, like, caution;
};

/* Parameters of the users, or of the items. */
struct mf_half {
	float *bias, *factors;  /* [n], [n, K] */
	float *variance;        /* [n, K] of the factors with the solver vb, or NULL */
	float *doubt;           /* [n] of items with the loss mse: standard deviation of the bias (mf_doubt), or NULL */
	float *prior;           /* [n, K+1] what the text says, or NULL */
	float *map;             /* [width+1, K+1] from text vectors (and a last 1) to rows, or NULL */
	size_t width;           /* of the text vectors; 0: none */
};

struct mf_state {
	float *mean, *noise;    /* [1] mu; [1] variance of ratings around their prediction */
	struct mf_half user, item;
};

extern const struct learner mf_als, mf_sgd, mf_sgd_logistic;

/* What is left to do when a solver is done (mf_als.c): fit the text maps, solve the rows once more around what the text
 * says (mse only), and put rows without events at their prior. */
void mf_settle(struct model *m, const struct train_input *in);

/* How little is known of each item, to item.doubt: the standard deviation of its bias with everything else as it is,
 * sqrt(noise / (n + max(n, 1)^power ridge_bias)), n being its events in c, and no more than the range of the ratings.
 * Nothing where the array is NULL. */
void mf_doubt(struct model *m, const struct csr *c);

static inline const struct mf_half *mf_half_of(const struct model *m, bool users)
{
	const struct mf_state *s = m->state;
	return users ? &s->user : &s->item;
}

/* Ratings from 1 to 5 have scale 1, others (max - min) / 4. Options are for scale 1: factors grow as its root, so the
 * ridge of factors goes with it and the step of sgd against it. 1 for labels. */
static inline float mf_scale(const struct model *m)
{
	float range = m->rating_max - m->rating_min;
	return ((const struct mf_options *)m->options)->loss == MF_MSE && range > 0 ? range / 4 : 1;
}

/* ---- mf_row.c ---- */

/* What an exact row solution needs to know of everything else. */
struct mf_rows {
	const struct mf_half *other;   /* held fixed */
	const float *prior;            /* [n, K+1] prior means of the rows to be solved; NULL: zeros */
	float mean, noise;
	float ridge, ridge_bias, power; /* a row with n entries gets n ^ power times the ridges */
	size_t K;
	const struct kernels *kernels;
};
/* The users' (items') rows as unknowns, the other side fixed. */
struct mf_rows mf_rows_of(const struct model *m, bool users);
/* Floats of scratch that mf_solve_row needs. */
size_t mf_solve_floats(size_t K);
/* x[K+1] of one row with entries (column, value)[n] and the prior mean m (NULL: zeros):
 *     argmin sum (value - mu - b_c - x_K - x . q_c)^2 + w (ridge |x - m|^2 + ridge_bias (x_K - m_K)^2),  w = n ^ power
 * (Zhou et al. 2008 for power 1, plain ridge for 0); the expectation over q_c where the other side has variances
 * (Lim and Teh 2007). variance[K], if not NULL, becomes that of the factors found. Where n is 0: the prior. */
void mf_solve_row(const struct mf_rows *s, size_t n, const uint32_t *column, const float *value, const float *prior,
		  float *x, float *variance, float *scratch);
/* The same for the rows row[n] of c (NULL: all of them), written to `to`. */
void mf_solve_rows(const struct mf_rows *s, const struct csr *c, const uint32_t *row, size_t n,
		   const struct mf_half *to, struct pool *pool);

/* ---- mf_logistic.c ---- */

/* What the loss has to foresee: the rating, or with the logistic loss 1 for a like and 0. */
float mf_label(const struct model *m, float rating);
/* The rows row[n] of a logistic model, the other side fixed, on their events in c (values are ratings) and on negatives
 * drawn as in training; they begin from where they are. */
void mf_logistic_rows(const struct model *m, bool users, const struct csr *c, const uint32_t *row, size_t n, struct pool *pool);
/* x[K+1] of a user who is not in the model, from n events. */
void mf_logistic_user(const struct model *m, size_t n, const uint32_t *item, const float *rating, float *x);

/* ---- mf_text.c ---- */

/* Entities with a text vector (one of zeros is none), ready to be regressed on. NULL for emb NULL. Owner: caller. */
struct mf_text;
struct mf_text *mf_text_new(const struct embeddings *emb, const struct idmap *ids, const struct csr *c,
			    struct pool *pool);
void mf_text_free(struct mf_text *t);
/* Fit a map to h's n rows by weighted ridge regression, its strength chosen by leave-one-out: h->map, and h->prior of
 * the entities with a vector. */
void mf_text_fit(const struct mf_text *t, struct mf_half *h, size_t n, size_t K, struct log *log);

/* ---- mf_update.c ---- */

int mf_update(struct model *m, const struct train_input *in, struct err *e);

#endif
