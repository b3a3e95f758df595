/* model.h: what a model is, and the registry.
 *
 * A model is one file with one const struct model_class, and one line in models.def. What all models share (ids, the
 * training history that excludes seen items and feeds updates, the rating scale, options as metadata) is kept by
 * struct model and stored by model.c; a class stores only its parameters. */
#ifndef RECPIPE_MODEL_MODEL_H
#define RECPIPE_MODEL_MODEL_H

#include "base/log.h"
#include "base/options.h"
#include "base/threads.h"
#include "data/embeddings.h"
#include "data/events.h"

struct tensorfile;
struct tensor_writer;
struct model_class;

/* What a model learns from. Everything is borrowed. */
struct train_input {
	const struct events *train;        /* indices below users->n, items->n of the model */
	const struct events *valid;        /* for early stopping; NULL: the model holds out a part where it needs to */
	const struct embeddings *items;    /* --items, or NULL */
	const struct embeddings *users;    /* --users, or NULL */
	struct pool *pool;
	struct log *log;
	uint64_t seed;
};

struct model {
	const struct model_class *class;
	void *options;          /* class->part.options_size bytes */
	void *state;            /* class->state_size bytes, the class's own */
	struct idmap users, items;
	struct csr history;     /* what each user did in training: seen items, ratings; n_rows may be below users.n */
	float rating_min, rating_max;  /* of the training ratings */
	bool has_rating;        /* explicit feedback */
	struct tensorfile *file;       /* what a loaded model borrows its arrays from, or NULL */
	char *options_text;     /* owns the strings that options point into */
	uint64_t seed;
};

/* A user as a ranking sees it. user is an index into model->users, or IDMAP_NONE for a user unknown to the model, who
 * may still bring events of their own (then folded in). */
struct query {
	uint32_t user;
	const uint32_t *item;   /* newest events, oldest first; n may be 0 */
	const float *rating;
	size_t n;
};

enum {
	MODEL_RATES = 1,   /* predict() gives values on the rating scale, so errors against ratings mean something */
	MODEL_USES_ITEMS = 2, /* takes --items */
	MODEL_USES_USERS = 4,
	MODEL_UPDATES = 8,
};

struct model_class {
	struct part part;       /* first: name, summary, help, options */
	unsigned flags;
	size_t state_size;
	/* Learn from scratch: m->users and m->items are final, m->state is zeroed, m->options is set. */
	int (*fit)(struct model *m, const struct train_input *in, struct err *e);
	/* Go on from a loaded model. in->train holds the new events only; ids that are new have the highest indices (from
	 * n_old_users, n_old_items on). m->history already includes the new events. NULL where there is none. */
	int (*update)(struct model *m, const struct train_input *in, size_t n_old_users, size_t n_old_items,
		      struct err *e);
	int (*save)(const struct model *m, struct tensor_writer *w, struct err *e);
	int (*load)(struct model *m, const struct tensorfile *t, struct err *e);
	void (*release)(struct model *m);
	/* Scores of n (user, item) pairs: the predicted rating where MODEL_RATES is set. Indices may be IDMAP_NONE
	 * (unknown): then the stated fallback. */
	int (*predict)(const struct model *m, const uint32_t *user, const uint32_t *item, size_t n, float *out,
		       struct pool *pool, struct err *e);
	/* Scores of n_q users for the items [i0, i1): out[q * ld + (i - i0)]. prepare is called once for a block of queries
	 * (n_q at most RANK_BLOCK) and may compute user vectors into scratch of prepare_floats(m) * RANK_BLOCK floats,
	 * which score gets back. Both are called from several threads at once with different scratch. */
	size_t (*prepare_floats)(const struct model *m);
	void (*prepare)(const struct model *m, const struct query *q, size_t n_q, float *scratch);
	void (*score)(const struct model *m, const struct query *q, size_t n_q, const float *scratch, size_t i0,
		      size_t i1, float *out, size_t ld);
};

enum { RANK_BLOCK = 64 };

/* The registry (models.def). */
extern const struct part *const models[];
extern const size_t n_models;
static inline const struct model_class *model_class_of(const struct part *p)
{
	return (const struct model_class *)p;
}

/* An empty model of a class with its options struct at defaults. Owner: caller. */
struct model *model_new(const struct model_class *class);
void model_free(struct model *m);
/* docs/model-format.md is the standard. */
MUST_CHECK int model_save(const struct model *m, const char *path, struct err *e);
MUST_CHECK int model_load(struct model **out, const char *path, struct err *e);

#endif
