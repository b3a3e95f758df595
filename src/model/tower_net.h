/* tower_net.h: the network of model tower, forward and backward: two towers and the head that joins them.
 *
 *     x   = id row + sum of weight * value row + M dense       an entity (a user or an item), E values
 *     h_0 = x,   h_l = drop(relu(W_l h_(l-1) + c_l))           the last layer without ReLU and dropout
 *     s   = h_u . h_i + b_u + b_i                              head dot: the last of a tower's outputs is its bias b
 *     s   = w . relu(h_u + h_i) + b_u + b_i                    head mlp
 *
 * In head mlp h = W_L relu(..) / sqrt(d) + c_L, so relu(h_u + h_i) is the layer of an MLP over the concatenation
 * [u; v] / sqrt(d): its product with [W_u W_i] is done once a user and an item instead of once a pair.
 *
 * Written for `real` (nn/real.h): tests/grad checks the whole of it in double. Runs on the calling thread. */
#ifndef RECPIPE_MODEL_TOWER_NET_H
#define RECPIPE_MODEL_TOWER_NET_H

#include "base/rng.h"
#include "nn/real.h"

enum { TOWER_LAYERS = 8 };
#define TOWER_UNKNOWN UINT32_MAX
enum tower_head { TOWER_DOT, TOWER_MLP }; /* order of "dot|mlp" */
enum tower_loss_kind { TOWER_MSE, TOWER_HUBER, TOWER_BCE, TOWER_SOFTMAX }; /* order of "mse|huber|bce|softmax" */

/* One tower. */
struct tower_shape {
	size_t E, D;                       /* values of a row; numbers of an entity */
	size_t L, width[TOWER_LAYERS + 1]; /* width[0] is E, width[L] the outputs, the bias among them */
	enum tower_head head;
	size_t n_values;                   /* rows of values: that of no id, then those of the features */
	size_t n_columns;                  /* of features: values 0 to n_columns - 1 are those of empty columns */
};
/* The dense weights lie one behind the other: M [E, D], then W_l [width[l], width[l - 1]] and c_l [width[l]]. */
size_t tower_net_size(const struct tower_shape *s);
size_t tower_weight_at(const struct tower_shape *s, size_t l); /* of W_l, l from 1 */
size_t tower_bias_at(const struct tower_shape *s, size_t l);

struct tower_weights {
	real *ids;     /* [entities, E] */
	real *values;  /* [n_values, E]: row 0 stands for no id, row 1 + k for value k */
	real *net;
};

/* n distinct entities on their way through a tower. */
struct tower_rows {
	size_t n;
	const uint32_t *entity;        /* [n], or TOWER_UNKNOWN: no id, no value in any column, no numbers */
	const uint8_t *bare;           /* [n] whether the id is left out; NULL: in none */
	const uint64_t *start;         /* features of all entities (data/features.h) */
	const uint32_t *value;
	const real *weight;
	const real *dense;             /* [entities, D] */
	real *gathered;                /* [n, D] */
	real *h[TOWER_LAYERS + 1];     /* [n, width[l]] */
	real *d[TOWER_LAYERS + 1];     /* their gradients; only for learning */
	uint8_t *mask;                 /* [n, widest layer]; only with dropout */
};
/* Rows [from, to): fills h. rng NULL or p 0: no dropout. */
void tower_forward(const struct tower_shape *s, const struct tower_weights *w, const struct tower_rows *r, size_t from,
		   size_t to, double p, struct rng *rng);
/* From d[L] to d[0], which is the gradient of x and so of the id rows; adds to dnet. */
void tower_backward(const struct tower_shape *s, const struct tower_weights *w, const struct tower_rows *r, size_t from,
		    size_t to, double p, real *dnet);
/* Adds the gradients of the values to dvalues[slot[k]], slot [n_values]. */
void tower_values_backward(const struct tower_shape *s, const struct tower_rows *r, const uint32_t *slot, real *dvalues);

/* What joins the towers. width counts the bias. */
struct tower_join {
	enum tower_head head;
	size_t width;
	const real *w;                 /* [width - 1] mlp */
};
real tower_score(const struct tower_join *j, const real *user, const real *item);

/* Pairs, by their rows among the outputs of the towers. */
struct tower_pairs {
	size_t n;
	const uint32_t *user, *item;
	const real *target;            /* of the losses on pairs */
};
struct tower_loss {
	enum tower_loss_kind kind;
	real scale;                    /* of gradients */
	real delta;                    /* of huber */
	size_t n_others;               /* items 0 to n_others - 1 are what each pair's item competes with; 0: none */
	const real *log_q;             /* [items] log of the expected count of each among them */
};
struct tower_outputs {
	const real *user, *item;       /* [.., width] */
	real *duser, *ditem, *dw;      /* added to */
};
enum { TOWER_CHUNK = 64 };
/* Reals of scratch that tower_learn needs. */
size_t tower_scratch(size_t width, size_t n_others);
/* Pairs [from, to) through the head and back; returns the sum of their losses. Without competitors the loss of a pair is
 * MSE, Huber or BCE against its target; with them softmax, or BCE (a like against k dislikes, the mean of the k + 1 terms),
 * each score less its log_q. A pair's own item takes no part among its competitors. */
double tower_learn(const struct tower_join *j, const struct tower_loss *l, const struct tower_pairs *p, size_t from,
		   size_t to, const struct tower_outputs *o, real *scratch);

#endif
