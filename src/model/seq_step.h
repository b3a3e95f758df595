/* seq_step.h: one step of learning of model seq: a batch of windows, cut into shards for the threads. */
#ifndef RECPIPE_MODEL_SEQ_STEP_H
#define RECPIPE_MODEL_SEQ_STEP_H

#include "model/seq.h"

/* Events [first, first + n) of a user's row as the ones to be predicted, n at most --length, each from those before it
 * among the --length newest before the last of them. */
struct seq_window {
	uint32_t user, first, n;
};

struct seq_stepper;
/* by_user: the rows that windows point into, each in order of time; borrowed, as m is. Items without events in it
 * are not learned from. n_steps is for the schedule. */
struct seq_stepper *seq_stepper_new(struct model *m, const struct csr *by_user, size_t n_steps, uint64_t seed,
				    struct pool *pool);
void seq_stepper_free(struct seq_stepper *s);
/* The mean loss of one who knows nothing: all scores equal. */
double seq_chance(const struct seq_stepper *s);
/* Moments and the count of steps, for checkpoints. */
void seq_stepper_state(struct seq_stepper *s, struct arrays *a);
/* Learn from n windows; adds the sum of losses and the number of targets. */
void seq_step(struct seq_stepper *s, const struct seq_window *window, size_t n, double *loss, size_t *n_targets);

#endif
