/* seq.h: the parts that the files of model seq share.
 *
 * seq.c is the class: options, users' vectors, ranking; seq_train.c learns and goes on learning; seq_net.c is the
 * network. An item's vector is e_i = E_i + M x_i: a row of its own, and its text vector through a map where --items
 * is given; with --input text the map's alone. */
#ifndef RECPIPE_MODEL_SEQ_H
#define RECPIPE_MODEL_SEQ_H

#include "model/model.h"
#include "model/seq_net.h"
#include "optim/learning.h"

struct seq_options {
	size_t width, inner, layers, heads, length, stride, negatives, batch;
	int activation, norm, loss, candidates, input;
	double dropout, popularity, calibration, replay, rating_weight;
	struct learning learning;
};

struct seq_state {
	float *array[SEQ_ARRAYS];   /* seq_net.h */
	float *items;               /* [I, width] E; NULL with --input text */
	float *mean, *user_bias, *item_bias; /* [1], [U], [I] of ratings; NULL without --rating-weight */
	float *text;                /* [I, text_width] x, zeros where an item has none; NULL without --items */
	float *map;                 /* [width, text_width] M */
	size_t text_width;
	const struct csr *context;  /* of validation, while learning: what came before; else NULL (then the history) */
};

enum { SEQ_CHUNK = 256 }; /* tokens that go through the network together, or the length where that is more */

extern const struct learner seq_learner, seq_updater;

enum { SEQ_PRE, SEQ_POST };            /* order of "pre|post" */
enum { SEQ_INPUT_ALL, SEQ_INPUT_TEXT }; /* order of "all|text" */
enum { SEQ_ALL, SEQ_UNSEEN };          /* order of "all|unseen" */
/* Whether items have vectors of their own; whether ratings are learned. */
bool seq_has_ids(const struct model *m);
bool seq_rates(const struct model *m);
/* Whether events are learned, and validated, among the items that their user has not had. */
bool seq_unseen(const struct model *m);
/* What the biases say of a rating; ids may be IDMAP_NONE: 0 then. */
float seq_bias_of(const struct seq_state *s, uint32_t user, uint32_t item);
struct seq_shape seq_shape_of(const struct model *m);
/* Most tokens of a chunk. */
size_t seq_chunk(const struct seq_shape *s);
/* Vectors of the items item[n], or of i0, i0 + 1, ... where item is NULL. */
void seq_item_vectors(const struct model *m, const uint32_t *item, size_t i0, size_t n, float *out);
/* Rows of in->items go to the text vectors of the items from n_old on; the first call sets the width. */
MUST_CHECK int seq_take_text(struct model *m, const struct embeddings *emb, size_t n_old, struct err *e);

/* What came before, oldest first: two runs, one behind the other. */
struct seq_past {
	const uint32_t *old, *recent;
	size_t n_old, n_recent;
};
/* The item of token t of the tokens that the newest T events of a past make; SEQ_NONE is the start token, which
 * stands before a past that fits whole. Returns their number, 1..T. */
size_t seq_tokens(const struct seq_past *p, size_t T, uint32_t *item);

#endif
