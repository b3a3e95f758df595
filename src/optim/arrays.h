/* arrays.h: the arrays of a network with their gradients and moments, stepped together.
 *
 * Gradients are clipped by their common norm. The work is cut into blocks of an array each, whose squares are added in
 * order: the same bytes at any number of threads. */
#ifndef RECPIPE_OPTIM_ARRAYS_H
#define RECPIPE_OPTIM_ARRAYS_H

#include "base/threads.h"
#include "io/arrays.h"
#include "optim/optim.h"

struct optim_array {
	real *x;        /* borrowed */
	size_t n;
	bool decays;
	double pace;    /* the rule's rate times this; 0 counts as 1 */
};

struct optim_arrays;
/* The list is copied; gradients and moments begin as zeros. pool is borrowed. Owner: caller. */
struct optim_arrays *optim_arrays_new(const struct optim_array *array, size_t n, struct pool *pool);
void optim_arrays_free(struct optim_arrays *a);
/* The moments, for checkpoints. */
void optim_arrays_state(struct optim_arrays *a, struct arrays *list);
/* Where the gradient of array i is added up. */
real *optim_arrays_gradient(struct optim_arrays *a, size_t i);
/* Step t, counted from 1; max_norm 0: no limit. Arrays that do not decay step by the rule without decay. The gradients are
 * zeros then. */
void optim_arrays_step(struct optim_arrays *a, const struct optim *rule, size_t t, double max_norm);

#endif
