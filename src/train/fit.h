/* fit.h: train a model of any class, from scratch or from where it stands. */
#ifndef RECPIPE_TRAIN_FIT_H
#define RECPIPE_TRAIN_FIT_H

#include "metric/columns.h"
#include "model/model.h"
#include "train/checkpoint.h"
#include "train/holdout.h"

struct fit_plan {
	enum holdout holdout;  /* used where in->valid is NULL and the model learns in epochs */
	double fraction;       /* of the events held out */
	size_t patience;       /* as struct loop's */
	double average;        /* in [0, 1): validate and keep the mean of the parameters after each epoch so far, in which
				* those of an epoch weigh `average` times those of the next (Izmailov et al., "Averaging
				* weights leads to wider optima and better generalization", UAI 2018, with weights that
				* fall as in Kingma and Ba, section 7.2); 0: those of the epoch itself */
	const struct columns *metric; /* what validation goes by (train/judge.h); NULL: the model's own loss */
	bool tuned;            /* the options come from train/tune.h, and validation has done its work for a model without epochs */
	bool refit;            /* learn again on everything, with the number of epochs that was best on the part held out */
	struct checkpoint *checkpoint; /* opened, or NULL */
};

/* The root of the mean squared error of predict() on ev. */
MUST_CHECK int rmse_on(const struct model *m, const struct events *ev, struct pool *pool, double *out, struct err *e);

/* Learn m's parameters from in->train, which has events, from where the checkpoint says if it was found. m has its options, ids
 * and history (model_observe). */
MUST_CHECK int train_fit(struct model *m, const struct train_input *in, const struct fit_plan *plan, struct err *e);

/* Whether there is what the plan needs to validate on, and what it says of epochs makes sense for the model. */
MUST_CHECK int train_check_validation(const struct model *m, const struct train_input *in, const struct fit_plan *plan,
				      struct err *e);
/* fn on a part of in->train, with the events that the plan holds out as in->valid, which m->history does not know. */
typedef int train_part_fn(struct model *m, const struct train_input *in, void *context, struct err *e);
MUST_CHECK int train_hold_out(struct model *m, const struct train_input *in, const struct fit_plan *plan, train_part_fn *fn,
			      void *context, struct err *e);
/* Learn with a part of the effort, in (0, 1]: of the epochs, or of the events where a model learns in one go; *valid is
 * the loss on in->valid. */
MUST_CHECK int train_try(struct model *m, const struct train_input *in, const struct fit_plan *plan, double part,
			 double *valid, struct err *e);

/* What becomes of new ratings off the scale of the model that is to be updated. OFF_REFUSE: one that is further off than the
 * scale is wide is ERR_DATA that names `name` and the event, and others widen it, as all do where the model knows one rating
 * only; OFF_CLIP: all are set to its ends; OFF_WIDEN: all widen it. Widening and clipping are told in a line. Nothing for
 * models without ratings. */
enum off_scale { OFF_REFUSE, OFF_CLIP, OFF_WIDEN };
MUST_CHECK int train_fit_scale(const struct model *m, struct events *ev, enum off_scale how, const char *name, struct log *log,
			       struct err *e);

/* Go on from a loaded model: m->users and m->items have grown by in->train's new ids, the history has not. Logs the
 * error on the new events before and after as event "update". ERR_USAGE where the class has no update, or none in epochs
 * that the checkpoint (or NULL) could keep. */
MUST_CHECK int train_update(struct model *m, const struct train_input *in, struct checkpoint *checkpoint, struct err *e);

#endif
