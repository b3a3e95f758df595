/* tower.h: the parts that the files of model tower share.
 *
 * tower.c is the class: options, storage, prediction, ranking; tower_train.c learns and goes on learning; tower_step.c
 * is one step of it; tower_net.c is the network. What the towers say of every user and item is kept beside the
 * parameters, so that a loaded model predicts and ranks without running them. */
#ifndef RECPIPE_MODEL_TOWER_H
#define RECPIPE_MODEL_TOWER_H

#include "data/features.h"
#include "model/model.h"
#include "model/tower_net.h"
#include "optim/learning.h"

struct tower_options {
	const char *layers;
	size_t width, inner, negatives, batch;
	int head, loss;
	double delta, like, popularity, id_dropout, dropout, replay;
	struct learning learning;
};

enum { TOWER_USERS, TOWER_ITEMS, TOWER_SIDES };

struct tower_side {
	float *ids, *values, *net; /* tower_net.h */
	float *dense;              /* [N, D] numbers of the columns, then the vector of --users or --items, or zeros */
	float *out;                /* [N, outputs] what the tower says */
	struct features features;
	size_t text_width;         /* of the vectors; 0: none */
};

struct tower_state {
	struct tower_side side[TOWER_SIDES];
	float *join;               /* w of head mlp */
	float *centre;             /* [2] a target y stands for the rating centre[0] + centre[1] y */
	size_t n_layers, layer[TOWER_LAYERS];
};

struct tower_shape tower_shape_of(const struct model *m, int side);
struct tower_weights tower_weights_of(const struct model *m, int side);
struct tower_join tower_join_of(const struct model *m);
/* Whether the loss is one of ratings. */
static inline bool tower_learns_ratings(const struct model *m)
{
	int loss = ((const struct tower_options *)m->options)->loss;
	return loss == TOWER_MSE || loss == TOWER_HUBER;
}
static inline const struct idmap *tower_ids(const struct model *m, int side)
{
	return side == TOWER_USERS ? &m->users : &m->items;
}
/* Points r at the features of a side; what it has room for is the caller's. */
void tower_rows_init(struct tower_rows *r, const struct model *m, int side);
/* Room for n rows, with d and mask or without; owner: caller, by tower_rows_release. */
void tower_rows_room(struct tower_rows *r, const struct tower_shape *s, size_t n, bool learning);
void tower_rows_release(struct tower_rows *r, const struct tower_shape *s);

/* Run the towers: side[].out of every user and item. Entities that are not seen[side] have the row of no id. */
void tower_refresh(struct model *m, unsigned char *const seen[TOWER_SIDES], struct pool *pool);

const struct learner *tower_learner_of(const struct model *m);
const struct learner *tower_updater_of(const struct model *m);

#endif
