/* fgm.h: the fast gradient method's adversary of one example (Miyato, Dai and Goodfellow, "Adversarial training methods for
 * semi-supervised text classification", ICLR 2017).
 *
 *     shift = epsilon g / |g|,   g: the gradient of the loss at the example's embeddings */
#ifndef RECPIPE_NN_FGM_H
#define RECPIPE_NN_FGM_H

#include "nn/real.h"

/* g, shift [n]: all values of an example; zeros where g is 0. */
void fgm_shift(size_t n, real epsilon, const real *g, real *shift);

#endif
