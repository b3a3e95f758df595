/* softmax.h: exponentials of rows, the inner part of attention. */
#ifndef RECPIPE_NN_SOFTMAX_H
#define RECPIPE_NN_SOFTMAX_H

#include "linalg/cpu.h"

#include <stdbool.h>
#include <stddef.h>

/* x[m, n] with rows ldx apart becomes exp(scale (x - the row's largest)), and inverse[i] 1 over the row's sum: the softmax of
 * scale x is the product of both. n at least 1; ldx at least n rounded up to 32, and what lies between is overwritten. scale
 * is positive. coarse: to 1e-4, for rows that are rounded to bfloat16 afterwards. */
void softmax_rows(enum cpu_level level, bool coarse, size_t m, size_t n, float *x, size_t ldx, float scale, float *inverse);

#endif
