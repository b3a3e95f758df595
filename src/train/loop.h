/* loop.h: the training loop that every model which learns in epochs shares; it knows nothing of models.
 *
 * Epochs, validation after each, the best state kept, early stop, and a stop with a clear message when the numbers go
 * astray. What an epoch is, what is validated, and how a state is kept, the caller says. */
#ifndef RECPIPE_TRAIN_LOOP_H
#define RECPIPE_TRAIN_LOOP_H

#include "base/err.h"
#include "base/log.h"

#include <stddef.h>
#include <stdint.h>

/* Where a run stands between two epochs. */
struct loop_state {
	uint64_t n_epochs;      /* run */
	uint64_t best_epochs;   /* epochs that led to the best state, which is in place in the end */
	double first;           /* loss of the first epoch */
	double loss, valid;     /* of the best state; valid is NAN without validation */
};
#define LOOP_START { 0, 0, NAN, NAN, NAN }

struct loop {
	size_t max_epochs;
	size_t patience;   /* stop after so many epochs in a row without a better validation loss; 0: never */
	void *context;
	/* One pass; *loss is its mean training loss. Epochs count from 0. */
	int (*epoch)(void *context, size_t epoch, double *loss, struct err *e);
	/* Loss on data not trained on, smaller is better; NULL: no validation, the last epoch's state is the result. */
	int (*validate)(void *context, double *loss, struct err *e);
	/* Keep the state, go back to what was kept last. Used with validate only. */
	void (*keep)(void *context);
	void (*restore)(void *context);
	/* After each epoch: the loop may be run from *s later, by another process. NULL: nothing. */
	int (*save)(void *context, struct loop_state *s, struct err *e);
	const char *loss_name;  /* for the log: "rmse" */
	const char *remedy;     /* what to try when the loss is not finite: "lower --rate or raise --reg" */
	struct log *log;        /* an event "epoch" each */
};

/* Run from *s, LOOP_START or what save() was given. 0, what a step returned, or ERR_DATA where a loss is not finite or grew
 * a thousandfold: then the best state so far, if there is one, is in place. */
MUST_CHECK int loop_run(const struct loop *l, struct loop_state *s, struct err *e);

#endif
