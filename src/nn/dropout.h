/* dropout.h: inverted dropout (Srivastava et al. 2014) from an explicit random state.
 *
 *     y += x * mask / (1 - p),   mask is 1 with probability 1 - p, else 0
 *
 * The gradient is the same map: dx += dy * mask / (1 - p), so one function serves both ways. p counts in steps of
 * 1/65536; 0 <= p < 1. */
#ifndef RECPIPE_NN_DROPOUT_H
#define RECPIPE_NN_DROPOUT_H

#include "base/rng.h"
#include "nn/real.h"

/* Draw n values of a mask. Four values a random word; the state moves by n / 4 words, rounded up. */
void dropout_mask(struct rng *r, double p, size_t n, uint8_t *mask);
/* mask NULL: y += x. */
void dropout_add(size_t n, const real *x, const uint8_t *mask, double p, real *y);

#endif
