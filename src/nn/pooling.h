/* pooling.h: one vector of a sequence: that of its first token, the mean, or the largest value of each column.
 *
 * x [n, width], n at least 1; y [width]. */
#ifndef RECPIPE_NN_POOLING_H
#define RECPIPE_NN_POOLING_H

#include "nn/real.h"

enum pooling { POOLING_CLS, POOLING_MEAN, POOLING_MAX }; /* order of the choices "cls|mean|max" */

void pooling_forward(enum pooling kind, size_t n, size_t width, const real *x, real *y);
/* dx += ...; of equal largest values the first gets the gradient. */
void pooling_backward(enum pooling kind, size_t n, size_t width, const real *x, const real *dy, real *dx);

#endif
