/* activation.h: ReLU and GELU with their gradients; gelu.h is the inference kernel.
 *
 *     relu(x) = max(x, 0), whose gradient at 0 is 0;   gelu(x) = x Phi(x) (Hendrycks and Gimpel 2016)
 *
 * Saved: the input. */
#ifndef RECPIPE_NN_ACTIVATION_H
#define RECPIPE_NN_ACTIVATION_H

#include "nn/real.h"

enum activation { ACTIVATION_RELU, ACTIVATION_GELU }; /* order of the choices "relu|gelu" */

void activation_forward(enum activation kind, size_t n, const real *x, real *y);
/* dx += dy * act'(x). */
void activation_backward(enum activation kind, size_t n, const real *x, const real *dy, real *dx);

#endif
