/* tune.h: the options of a model by search: random draws from the ranges that its option table declares (Bergstra and
 * Bengio 2012), with successive halving (Jamieson and Talwalkar 2016): all trials with a small part of the epochs (of the
 * events, where a model learns in one go), the best third of them with three times that, until the last round has it
 * all. */
#ifndef RECPIPE_TRAIN_TUNE_H
#define RECPIPE_TRAIN_TUNE_H

#include "train/fit.h"

/* n_trials draws, of which the first is the options as they are; those that fixed[] marks, the user's own, are not
 * touched. Judged on in->valid, or on what the plan holds out, as training would be. m->options become the best ones;
 * each trial is told as an event "trial", in the end all of them, best first, as a table and as events "ranked", and the
 * result as "tuned". Draws are from the seed: the same trials each time.
 * ERR_USAGE where the model declares no range or there is nothing to validate on; a trial whose options do not go
 * together, or whose training fails, is out. */
MUST_CHECK int train_tune(struct model *m, const struct train_input *in, const struct fit_plan *plan, const bool *fixed,
			  size_t n_trials, struct err *e);

#endif
