/* losses.h: losses with their gradients. Each returns the sum of its terms, so that the caller may take the mean over
 * what it likes: `scale` (1 / number of terms) is what gradients are multiplied by, the returned sum is not.
 *
 * Point losses take values x[n] and targets y[n] and accumulate into dx. Ranking losses turn their scores into the
 * gradient in place, because the scores of a batch against all items are its largest array. sigma is the logistic
 * function. A score of -INFINITY takes no part (and gets the gradient 0): so a sampled negative that is the positive
 * itself is barred. */
#ifndef RECPIPE_NN_LOSSES_H
#define RECPIPE_NN_LOSSES_H

#include "nn/real.h"

/* (x - y)^2. */
double loss_mse(size_t n, const real *x, const real *y, real scale, real *dx);
/* With r = x - y: r^2 / 2 where |r| <= delta, else delta (|r| - delta / 2) (Huber 1964). */
double loss_huber(size_t n, const real *x, const real *y, real delta, real scale, real *dx);
/* Binary cross-entropy of logits x against y in [0, 1]: log(1 + e^x) - x y. */
double loss_bce(size_t n, const real *x, const real *y, real scale, real *dx);

/* Softmax cross-entropy of each row of score [n, classes] (rows ld apart) against target[i] < classes:
 *     -(s_t - log_q_t) + log sum_c e^(s_c - log_q_c)
 * log_q [classes] is the log-probability with which a class came into the batch, NULL for none: with it and the
 * columns being the items of the batch this is the in-batch softmax with log-Q correction (Yi et al. 2019). A barred
 * column has score -INFINITY. */
double loss_softmax(size_t n, size_t classes, real *score, size_t ld, const uint32_t *target, const real *log_q,
		    real scale);

/* The rest compares the positive's score pos[n] with those of sampled negatives neg [n, k] (rows ld apart).
 * Sampled softmax (Bengio and Senecal 2008): the classes are the positive and the k negatives; log_q_pos [n] and
 * log_q [k] are log expected counts in the sample, both NULL for none. */
double loss_sampled_softmax(size_t n, size_t k, real *pos, real *neg, size_t ld, const real *log_q_pos,
			    const real *log_q, real scale);
/* Bayesian personalised ranking (Rendle et al. 2009): the mean over the negatives of -log sigma(pos - neg). */
double loss_bpr(size_t n, size_t k, real *pos, real *neg, size_t ld, real scale);
/* Generalised binary cross-entropy (Petrov and Macdonald 2023): -(beta log sigma(pos) + sum log(1 - sigma(neg))) /
 * (k + 1). beta = 1 is BCE with sampled negatives. */
double loss_gbce(size_t n, size_t k, real *pos, real *neg, size_t ld, real beta, real scale);
/* Its beta for k negatives out of n_items - 1 and the calibration t in [0, 1]: a (t (1 - 1/a) + 1/a), a = k /
 * (n_items - 1). */
double loss_gbce_beta(size_t k, size_t n_items, double t);

#endif
