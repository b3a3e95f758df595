/* activation.h: ReLU and GELU (Hendrycks and Gimpel 2016), with their gradients.
 *
 *     relu(x) = max(x, 0), whose gradient at 0 is 0
 *     gelu(x) = x Phi(x);   tanh form ("gelu_new", "gelu_pytorch_tanh"): x / (1 + exp(-2 sqrt(2 / pi) (x + 0.044715 x^3))) */
#ifndef RECPIPE_NN_ACTIVATION_H
#define RECPIPE_NN_ACTIVATION_H

#include "linalg/gemm.h"
#include "nn/real.h"

enum activation { ACTIVATION_RELU, ACTIVATION_GELU, ACTIVATION_GELU_TANH }; /* begins as the choices "relu|gelu" */

/* Inference, either GELU: a function that works in place over n floats, n a multiple of 32; chosen once for a level. The erf
 * form is within 2.3e-7 max(|x|, 1e-3) of the exact value, which is what the f32 formula 0.5 x (1 + erf(x / sqrt 2)) gives;
 * coarse, within 2e-4, for what is rounded to bfloat16 or bytes afterwards. */
gemm_act_fn *activation_fn(enum activation kind, enum cpu_level level, bool coarse);

/* Learning. Saved: the input. */
void activation_forward(enum activation kind, size_t n, const real *x, real *y);
/* dx += dy * act'(x). */
void activation_backward(enum activation kind, size_t n, const real *x, const real *dy, real *dx);
/* Where x is not needed any more: it becomes dy * act'(x). */
void activation_backward_over(enum activation kind, size_t n, const real *dy, real *x);

#endif
