/* mf.h: biased matrix factorisation, the parts that its files share.
 *
 *     z(u,i) = mu + b_u + b_i + p_u . q_i
 *
 * mf.c is the class; mf_als.c and mf_sgd.c learn; mf_text.c maps text vectors to parameters; mf_update.c goes on from a
 * trained model. Rows of factors lie K apart, biases in arrays of their own. */
#ifndef RECPIPE_MODEL_MF_H
#define RECPIPE_MODEL_MF_H

#include "model/model.h"

enum mf_solver { MF_ALS, MF_SGD };
enum mf_loss { MF_MSE, MF_LOGISTIC };

struct mf_options {
	size_t factors, epochs;
	int solver, loss;
	double reg, reg_bias, reg_power, spread;
};

struct mf_state {
	float *mean;                         /* [1] mu */
	float *user_bias, *item_bias;        /* [U], [I] */
	float *user_factors, *item_factors;  /* [U, K], [I, K] */
};

extern const struct learner mf_als;

/* One side of the model as seen from a row of the other: what an exact row solution needs. */
struct mf_side {
	const float *other, *other_bias;     /* parameters held fixed: factors [n, K], biases [n] */
	float mean;
	size_t K;
	double reg, reg_bias, reg_power;
};
/* The users' (items') rows as unknowns, the other side fixed. */
struct mf_side mf_side_of(const struct model *m, bool users);
/* Floats of scratch that mf_solve_row needs. */
size_t mf_solve_floats(size_t K);
/* x[K+1] = (factors, bias) of one row with entries (column, value)[n]:
 *     argmin sum (value - mu - b_c - x_K - x . q_c)^2 + w (reg |x|^2 + reg_bias x_K^2),  w = max(n, 1) ^ reg_power
 * (Zhou et al. 2008 for power 1, plain ridge for 0). All zeros where n is 0. */
void mf_solve_row(const struct mf_side *s, size_t n, const uint32_t *column, const float *value, float *x,
		  float *scratch);
/* The same for rows[n] (NULL: all rows of c), written to factors and bias. */
void mf_solve_rows(const struct mf_side *s, const struct csr *c, const uint32_t *rows, size_t n, float *factors,
		   float *bias, struct pool *pool);

#endif
