/* learning.h: what the neural models share of how they learn: options, and the rule that they set up for a step.
 *
 * A model has a struct learning among its options and the entries below in its table, with defaults of its own: what
 * follows the arguments goes into the entry as it is (.preset, .search). `in` is the offset of the struct learning. */
#ifndef RECPIPE_OPTIM_LEARNING_H
#define RECPIPE_OPTIM_LEARNING_H

#include "base/options.h"
#include "optim/optim.h"

struct learning {
	size_t epochs, update_epochs, accumulate;
	int optimizer, schedule; /* enum optim_kind, enum schedule */
	double rate, momentum, warmup, decay, clip;
};

#define LEARNING_ENTRY(in, member, option, of_type) .name = option, .type = of_type, \
	.offset = (in) + offsetof(struct learning, member)

#define LEARNING_EPOCHS(in, what, least, ...) \
	{ LEARNING_ENTRY(in, epochs, "epochs", OPT_SIZE), .value = "N", .min = least, .max = 100000, \
	  .help = "at most N passes over the " what, __VA_ARGS__ }
#define LEARNING_UPDATE_EPOCHS(in, ...) \
	{ LEARNING_ENTRY(in, update_epochs, "update-epochs", OPT_SIZE), .value = "N", .min = 1, .max = 100000, \
	  .help = "passes over the new events in an update", __VA_ARGS__ }
#define LEARNING_ACCUMULATE(in) \
	{ LEARNING_ENTRY(in, accumulate, "accumulate", OPT_SIZE), .value = "N", .preset = "1", .min = 1, .max = 10000, \
	  .help = "batches a step" }
#define LEARNING_RATE(in, what, ...) \
	{ LEARNING_ENTRY(in, rate, "rate", OPT_REAL), .value = "X", .min = 0, .max = 10, .help = "learning rate" what, __VA_ARGS__ }
#define LEARNING_DECAY(in, what, ...) \
	{ LEARNING_ENTRY(in, decay, "decay", OPT_REAL), .value = "X", .min = 0, .max = 100, .help = "weight decay of " what, \
	  __VA_ARGS__ }
/* Several entries; the arguments are defaults as text. */
#define LEARNING_STEPS(in, of_schedule, of_warmup, of_clip) \
	{ LEARNING_ENTRY(in, optimizer, "optimizer", OPT_CHOICE), .preset = "adamw", .choices = "sgd|adam|adamw", \
	  .help = "adamw: decay apart from the gradient; adam: as part of it; sgd: with --momentum" }, \
	{ LEARNING_ENTRY(in, momentum, "momentum", OPT_REAL), .value = "X", .preset = "0.9", .min = 0, .max = 0.9999, \
	  .when = "optimizer=sgd", .help = "part of the last step that a step goes on with" }, \
	{ LEARNING_ENTRY(in, schedule, "schedule", OPT_CHOICE), .preset = of_schedule, .choices = "constant|linear|cosine", \
	  .help = "how the rate falls over all epochs" }, \
	{ LEARNING_ENTRY(in, warmup, "warmup", OPT_REAL), .value = "X", .preset = of_warmup, .min = 0, .max = 1000000, \
	  .help = "steps over which the rate rises at first; below 1: that part of all" }, \
	{ LEARNING_ENTRY(in, clip, "clip", OPT_REAL), .value = "X", .preset = of_clip, .min = 0, .max = 1e9, \
	  .help = "longest gradient; 0: any" }

/* The rule of step t, counted from 1, of n. */
struct optim learning_rule(const struct learning *l, size_t t, size_t n);

#endif
