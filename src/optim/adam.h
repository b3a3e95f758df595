/* adam.h: Adam with decoupled weight decay, over any run of parameters.
 *
 * Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1; the decay is that of Loshchilov
 * and Hutter, "Decoupled weight decay regularization", ICLR 2019. */
#ifndef RECPIPE_OPTIM_ADAM_H
#define RECPIPE_OPTIM_ADAM_H

#include <stddef.h>
#include <stdint.h>

struct adam {
	float rate, beta1, beta2, epsilon;
	float decay; /* w shrinks by rate * decay a step */
};
#define ADAM_DEFAULT { 0.001f, 0.9f, 0.999f, 1e-8f, 0 }

/* Step number t, counted from 1, of w[n] along the gradient g[n]; m[n] and v[n] are the moments, zeros before the first
 * step. Parameters that get gradients now and then (rows of an embedding) count their own steps. */
void adam_step(const struct adam *a, uint64_t t, size_t n, float *w, const float *g, float *m, float *v);

#endif
