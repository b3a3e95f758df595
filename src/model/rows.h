/* rows.h: what models do row by row: one user's (item's) events against parameters of the other side. */
#ifndef RECPIPE_MODEL_ROWS_H
#define RECPIPE_MODEL_ROWS_H

#include "model/model.h"

/* The model's history by item: columns are users. Owner: caller, by csr_release. */
void history_by_item(const struct model *m, struct csr *out);

/* The row of an entry below c->n. */
uint32_t csr_row(const struct csr *c, size_t entry);

/* The distinct values of index[n], ascending; all below n_rows. Owner: caller. */
uint32_t *distinct_rows(const uint32_t *index, size_t n, size_t n_rows, size_t *n_out);

/* Ridge means of residuals: for each of rows[n] (NULL: all 0..n-1)
 *     out[row] = sum over the row's entries of (value - mean - other[column]) / (reg + entries in the row),
 * the exact minimiser of the squared error plus reg * out^2 with the rest held fixed. */
void ridge_means(const struct csr *c, const uint32_t *rows, size_t n, float mean, const float *other, double reg,
		 float *out, struct pool *pool);

/* What models whose biases are a start and not the matter take: the defaults of model bias. */
enum { BIAS_REG_USER = 5, BIAS_REG_ITEM = 2, BIAS_ROUNDS = 10 };

/* mu and both bias vectors by alternating ridge means over all of by_user/by_item: `rounds` rounds, items first; and over
 * events of m. */
void bias_solve(const struct csr *by_user, const struct csr *by_item, double reg_user, double reg_item, size_t rounds,
		float *mean, float *user_bias, float *item_bias, struct pool *pool);
void bias_fit(const struct model *m, const struct events *ev, double reg_user, double reg_item, size_t rounds, float *mean,
	      float *user_bias, float *item_bias, struct pool *pool);
/* Again for the rows that the new events ev touch, on their whole history; mean and all other rows stay. */
void bias_update(const struct model *m, const struct events *ev, double reg_user, double reg_item, size_t rounds, float mean,
		 float *user_bias, float *item_bias, struct pool *pool);

/* Mean of all values, summed in row order by fixed blocks. */
double csr_mean(const struct csr *c, struct pool *pool);

#endif
