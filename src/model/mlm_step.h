/* mlm_step.h: one step of masked-language learning: a batch of masked texts through network and head, and back. */
#ifndef RECPIPE_MODEL_MLM_STEP_H
#define RECPIPE_MODEL_MLM_STEP_H

#include "encoder/bert_net.h"
#include "encoder/mlm_net.h"
#include "io/arrays.h"
#include "optim/optim.h"

struct mlm_weights {
	float *net[BERT_ARRAYS], *head[MLM_ARRAYS];
};

/* How a batch of texts reads: with masks in it, and what stood there. */
struct mlm_batch {
	struct bert_batch texts;
	struct mlm_targets targets; /* rows are tokens of the batch */
};

struct mlm_stepper;
/* For batches of up to n tokens, in texts of up to longest. w and pool are borrowed. Owner: caller. */
struct mlm_stepper *mlm_stepper_new(const struct bert_shape *s, const struct mlm_weights *w, size_t n, size_t longest,
				    struct pool *pool);
void mlm_stepper_free(struct mlm_stepper *s);
/* Moments, for checkpoints. */
void mlm_stepper_state(struct mlm_stepper *s, struct arrays *a);
/* The sum of the losses of a batch. */
double mlm_loss(struct mlm_stepper *s, const struct mlm_batch *b);
/* The same, and step t, counted from 1, by the gradient of their mean; gradients longer than clip are shortened (0: none).
 * Dropout with probability p is drawn from the seed. Nothing is learned from a batch without targets. */
double mlm_step(struct mlm_stepper *s, const struct mlm_batch *b, const struct optim *rule, size_t t, double clip, double p,
		uint64_t seed);

#endif
