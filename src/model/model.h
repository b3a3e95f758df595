/* model.h: what a model is, and the registry.
 *
 * A model is one file with one const struct model_class, and one line in models.def. What all models share (ids, the
 * training history that excludes seen items and feeds updates, the rating scale, options as metadata) is kept by
 * struct model and stored by model.c; the parameters of a class stand in a table (model/params.h), which drives their
 * allocation, start values, storage and check. What a table cannot say goes through the save and load hooks. */
#ifndef RECPIPE_MODEL_MODEL_H
#define RECPIPE_MODEL_MODEL_H

#include "base/log.h"
#include "base/options.h"
#include "base/threads.h"
#include "data/embeddings.h"
#include "data/events.h"

struct arrays;
struct tensorfile;
struct tensor_writer;
struct model_class;
struct param;
struct feature_table;

/* What a model learns from. Everything is borrowed. */
struct train_input {
	const struct events *train;        /* indices below users->n, items->n of the model */
	const struct events *valid;        /* for early stopping; NULL: the model holds out a part where it needs to */
	const bool *candidate;             /* [items.n] what is ranked where validation goes by a ranking; NULL: everything */
	const struct embeddings *items;    /* --items, or NULL */
	const struct embeddings *users;    /* --users, or NULL */
	const struct feature_table *item_table, *user_table;  /* --item-table, --user-table, or NULL */
	const char *item_columns, *user_columns;              /* which of their columns (data/features.h); NULL: all */
	struct pool *pool;
	struct log *log;
	uint64_t seed;
	size_t n_old_users, n_old_items;   /* of an update: ids from there on are new, with start values in their rows; else 0 */
};

struct model {
	const struct model_class *class;
	void *options;          /* class->part.options_size bytes */
	void *state;            /* class->state_size bytes, the class's own */
	unsigned flags;         /* class->flags, less what the options switch off, and more that they switch on */
	struct idmap users, items;
	struct csr history;     /* what each user did in training, in order of time; n_rows may be below users.n */
	float rating_min, rating_max;  /* of the training ratings */
	bool has_rating;        /* explicit feedback */
	char *options_text;     /* owns the strings that options point into */
	uint64_t seed;
	uint64_t space[2];      /* embeddings_space() of --users and of --items; 0: none, or the file did not say */
};

/* A user as a ranking sees it. user is an index into model->users, or IDMAP_NONE for a user unknown to the model, who
 * may still bring events of their own (then folded in). */
struct query {
	uint32_t user;
	const uint32_t *item;   /* newest events, oldest first; n may be 0 */
	const float *rating;
	size_t n;
};

/* An event that speaks for an item. */
struct reason {
	uint32_t item;
	float weight;
};

enum {
	MODEL_RATES = 1,   /* predict() gives values on the rating scale, so errors against ratings mean something */
	MODEL_USES_ITEMS = 2, /* takes --items */
	MODEL_USES_USERS = 4,
	MODEL_UPDATES = 8,
	MODEL_LIKES = 16,  /* predict() gives the probability of a like */
	MODEL_USES_TABLES = 32, /* takes --item-table and --user-table */
	MODEL_ENCODER = 64, /* the result is an encoder directory, by export(); it ranks and predicts nothing */
	MODEL_FOLDS_IN = 128, /* unknown users are solved from the ratings of the events that come with their query */
};

/* Learning in epochs: the model gives the steps, train/fit.h drives them (hold-out, validation, early stop, divergence,
 * the best parameters kept, checkpoints), the same for every model. */
struct learner {
	/* The parameters hold their start values, or in an update those of the old model. *work is the learner's own until
	 * end(). */
	int (*begin)(struct model *m, const struct train_input *in, void **work, struct err *e);
	/* One pass over in->train; *loss is the mean training loss seen on the way. Epochs count from 0. What a pass does
	 * follows from the parameters, the arrays of state(), and the number of the epoch alone: random draws too. Between two
	 * passes the parameters may hold other values, and do again what the last pass left when the next begins. */
	int (*epoch)(struct model *m, const struct train_input *in, void *work, size_t epoch, double *loss, struct err *e);
	/* Mean loss on events; NULL: the RMSE of predict(), or 1 - NDCG@10 where it gives no ratings. */
	int (*validate)(const struct model *m, const struct events *ev, struct pool *pool, double *loss, struct err *e);
	/* The parameters kept are in place. Frees work; also called after an error (then failed is set). */
	int (*end)(struct model *m, const struct train_input *in, void *work, bool failed, struct err *e);
	const char *loss_name;  /* of the training loss: "rmse" */
	const char *remedy;     /* what to try where training diverges: "raise --reg" */
	/* What the next epoch starts from besides the parameters, such as moments and the count of steps, as arrays whose
	 * sizes begin() has settled: a checkpoint keeps them and writes them back. NULL: nothing. */
	void (*state)(struct model *m, void *work, struct arrays *a);
	/* After an epoch, with the parameters in place that are judged and kept: bring in line what the model derives from
	 * them, such as vectors of its items. The next pass may not see what it wrote. NULL: nothing. */
	void (*refresh)(struct model *m, const struct train_input *in, void *work);
};

struct model_class {
	struct part part;       /* first: name, summary, help, options */
	unsigned flags;
	size_t state_size;
	const struct param *params;
	size_t n_params;
	size_t (*n_layers)(const struct model *m); /* rows of PARAM_LAYERS arrays; NULL where there are none */
	/* Read what the options name beside the events ev; users and items found there become part of m, behind those that have
	 * events. Called when the events are read, before configure; in an update too. NULL: nothing to read. */
	int (*read_files)(struct model *m, const struct events *ev, struct log *log, struct err *e);
	/* Called when the options are set, before learning and after loading: refuses what does not go together, sets m->flags
	 * where options change what the class can do. NULL: nothing to do. */
	int (*configure)(struct model *m, struct err *e);
	/* Learn from scratch, in one go or in epochs (one of the two): m->users and m->items are final, the parameters hold
	 * their start values, m->options, m->history and the rating scale are set. */
	int (*fit)(struct model *m, const struct train_input *in, struct err *e);
	const struct learner *(*learner)(const struct model *m);
	size_t (*max_epochs)(const struct model *m);
	/* Go on from a loaded model, in one go or in epochs (one of the two, or none). in->train holds the new events only;
	 * m->history already includes them. */
	int (*update)(struct model *m, const struct train_input *in, struct err *e);
	const struct learner *(*updater)(const struct model *m);
	size_t (*update_epochs)(const struct model *m);
	/* What the parameter table does not say, such as the sizes that it asks for; NULL: nothing. load comes before the
	 * table's arrays are read. */
	void (*save)(const struct model *m, struct tensor_writer *w);
	int (*load)(struct model *m, const struct tensorfile *t, struct err *e);
	void (*release)(struct model *m);
	/* Scores of n (user, item) pairs: the predicted rating where MODEL_RATES is set. Indices may be IDMAP_NONE
	 * (unknown): then the stated fallback. */
	int (*predict)(const struct model *m, const uint32_t *user, const uint32_t *item, size_t n, float *out,
		       struct pool *pool, struct err *e);
	/* The same for events, by a class that reads what they say (their text, which may be missing); NULL: predict. */
	int (*predict_events)(const struct model *m, const struct events *ev, float *out, struct pool *pool, struct err *e);
	/* For a class whose files are no events of users and items: read one. NULL: they are events. */
	int (*read)(const struct model *m, struct events *ev, const char *path, struct err *e);
	/* What was learned as a model directory for other programs; NULL: there is none. */
	int (*export)(const struct model *m, const char *dir, struct err *e);
	/* Scores of n_q users for the items [i0, i1): out[q * ld + (i - i0)]. prepare is called once for a block of queries
	 * (n_q at most RANK_BLOCK) and may compute user vectors into scratch of prepare_floats(m) * RANK_BLOCK floats,
	 * which score gets back. Both are called from several threads at once with different scratch. */
	size_t (*prepare_floats)(const struct model *m);
	void (*prepare)(const struct model *m, const struct query *q, size_t n_q, float *scratch);
	void (*score)(const struct model *m, const struct query *q, size_t n_q, const float *scratch, size_t i0,
		      size_t i1, float *out, size_t ld);
	/* A class whose ranking score is a dot product may say so, and is then ranked without storing scores
	 * (linalg/topk.h): vectors of dot_width(m) floats; item_vectors writes those of the items [i0, i1), row-major;
	 * prepare leaves query q's at scratch + q * dot_width(m), so prepare_floats is dot_width. Biases are factors
	 * beside a constant 1. NULL, or a width of 0: ranked by score. */
	size_t (*dot_width)(const struct model *m);
	void (*item_vectors)(const struct model *m, size_t i0, size_t i1, float *out);
	/* What of the user's events speaks for each of the items item[n]: at most `most` of them at out[i * most], the
	 * weightiest first, their number to n_out[i]. The class's help says what the weights are. NULL: it cannot say. */
	void (*why)(const struct model *m, const struct query *q, const uint32_t *item, size_t n, size_t most,
		    struct reason *out, size_t *n_out);
};

enum { RANK_BLOCK = 64 };

/* Whether predict() gives ratings: under some options a class that can does not. */
static inline bool model_rates(const struct model *m)
{
	return m->flags & MODEL_RATES;
}
/* A prediction held to the scale of the training ratings; as it is where m does not rate. */
static inline float model_clip(const struct model *m, float x)
{
	if (!model_rates(m))
		return x;
	return x < m->rating_min ? m->rating_min : x > m->rating_max ? m->rating_max : x;
}

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
/* Take in feedback: history, rating scale, whether there are ratings. The first call sets, later ones add. */
void model_observe(struct model *m, const struct events *ev);
/* A file about users or items, to learn from, that knows none of the n that m has so far is hardly the one that was meant: warn.
 * That of an update may be about what is new. */
void model_warn_strangers(const struct model *m, const char *path, bool users, size_t n_known, size_t n, struct log *log);
/* ERR_DATA where ratings cut at `like` tell nothing: none of ev's is a like or, unless dislikes are drawn, all are. 0 where the
 * model has no ratings. */
MUST_CHECK int model_check_likes(const struct model *m, const struct events *ev, double like, bool drawn, struct err *e);
/* Scores of events, whose user and item are indices of the model or IDMAP_NONE. */
MUST_CHECK int model_predict(const struct model *m, const struct events *ev, float *out, struct pool *pool, struct err *e);
/* events_read with what the model's class reads of them; m may be NULL. */
MUST_CHECK int model_read_events(const struct model *m, struct events *ev, const char *path, struct idmap *users,
				 struct idmap *items, struct pool *pool, struct err *e);
/* docs/model-format.md is the standard. */
MUST_CHECK int model_save(const struct model *m, const char *path, struct err *e);
MUST_CHECK int model_load(struct model **out, const char *path, struct err *e);

#endif
