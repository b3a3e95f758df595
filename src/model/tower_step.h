/* tower_step.h: one step of learning of model tower: batches of events, each cut into shards for the threads. */
#ifndef RECPIPE_MODEL_TOWER_STEP_H
#define RECPIPE_MODEL_TOWER_STEP_H

#include "model/tower.h"

struct tower_events {
	size_t n;
	uint32_t *user, *item;
	float *target;   /* y of MSE (tower_state.centre), 1 and 0 of BCE; not used by softmax */
	bool ranked;     /* events compete with other items; else each has its target */
};

struct tower_stepper;
/* ev and m are borrowed; the items that are drawn are those of ev. n_steps is for the schedule. */
struct tower_stepper *tower_stepper_new(struct model *m, const struct tower_events *ev, size_t n_steps, uint64_t seed,
					struct pool *pool);
void tower_stepper_free(struct tower_stepper *s);
/* Moments and the count of steps, for checkpoints. */
void tower_stepper_state(struct tower_stepper *s, struct arrays *a);
/* Learn from the events row[n] of ev, --batch of them at a time; returns the sum of their losses. */
double tower_step(struct tower_stepper *s, const uint32_t *row, size_t n);

#endif
