/* checkpoint.h: where a training stands between two epochs, as a file, so that one that was killed goes on from there and
 * ends with the same bytes.
 *
 * A safetensors file "recpipe.checkpoint" (docs/checkpoint-format.md): the arrays, and as metadata what the training is of:
 * every option, the seed, and a hash of each input. It replaces the one before whole or not at all. */
#ifndef RECPIPE_TRAIN_CHECKPOINT_H
#define RECPIPE_TRAIN_CHECKPOINT_H

#include "io/arrays.h"
#include "model/model.h"

struct checkpoint;
/* Written to path after an epoch, at most every every_s seconds. start is the model that an update goes on from, as it was
 * loaded; NULL where learning begins from nothing. Owner: caller. */
struct checkpoint *checkpoint_new(const char *path, double every_s, const struct model *start);
void checkpoint_free(struct checkpoint *c);

/* What the training is of, told before checkpoint_open: an option of the command line, by its name; and the model with its
 * options and what it learns from. */
void checkpoint_option(struct checkpoint *c, const char *name, const char *value);
void checkpoint_describe(struct checkpoint *c, const struct model *m, const struct train_input *in);

/* Look whether the file is there already. ERR_DATA where it is no checkpoint, or one of another training: the first thing
 * that differs is named. ERR_SYSTEM where there is none and none can be written. */
MUST_CHECK int checkpoint_open(struct checkpoint *c, struct err *e);
/* Whether there was a file: then checkpoint_load fills the arrays from it. */
bool checkpoint_found(const struct checkpoint *c);
MUST_CHECK int checkpoint_load(const struct checkpoint *c, const struct arrays *a, struct err *e);
/* Whether it is time to write. */
bool checkpoint_due(const struct checkpoint *c);
MUST_CHECK int checkpoint_save(struct checkpoint *c, const struct arrays *a, struct err *e);
/* The training is done, its model written: take the file away. */
MUST_CHECK int checkpoint_remove(const struct checkpoint *c, struct err *e);

#endif
