/* gelu.h: the Gaussian error linear unit (Hendrycks and Gimpel 2016), y = x Phi(x).
 *
 * erf form: within 2.3e-7 max(|x|, 1e-3) of the exact value, which is what the f32 formula 0.5 x (1 + erf(x / sqrt 2))
 * gives. tanh form ("gelu_new", "gelu_pytorch_tanh"): y = x / (1 + exp(-2 sqrt(2 / pi) (x + 0.044715 x^3))). */
#ifndef RECPIPE_NN_GELU_H
#define RECPIPE_NN_GELU_H

#include "linalg/gemm.h"

enum gelu { GELU_ERF, GELU_TANH };
/* A function that works in place over n floats, n a multiple of 32; chosen once for a level. */
gemm_act_fn *gelu_fn(enum gelu kind, enum cpu_level level);

#endif
