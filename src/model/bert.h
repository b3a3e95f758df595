/* bert.h: the parts that the files of model bert share.
 *
 * From the ground up: bert_terms.c says what the options come to; bert_input.c reads the encoder and the texts; bert_step.c
 * runs the network and takes a step; bert_train.c learns, goes on learning, and exports; bert.c is the class: options, storage,
 * prediction.
 *
 * A text is what is known of an event: what the event says (its column text), what is known of the user (--user-texts), what
 * is known of the item (--item-texts). The first two are the first segment, the item's text is the second, or the only one. */
#ifndef RECPIPE_MODEL_BERT_H
#define RECPIPE_MODEL_BERT_H

#include "data/textlist.h"
#include "encoder/bert_params.h"
#include "metric/levels.h"
#include "model/model.h"
#include "nn/pooling.h"
#include "optim/learning.h"
#include "text/augment.h"
#include "text/tokenizer.h"

enum bert_task { BERT_RATING, BERT_CLASSES, BERT_LIKE };          /* order of "rating|classes|like" */
enum bert_learn { BERT_FULL, BERT_LAST, BERT_LORA, BERT_FROZEN };  /* order of "full|last|lora|frozen" */
enum { BERT_MAX_LEVELS = 64 };

struct bert_options {
	const char *encoder, *item_texts, *user_texts, *synonyms, *like;
	int task, learn, pooling;
	size_t layers, lora_rank, max_length, batch_tokens;
	double lora_alpha, dropout, head_rate, fgm, drop_words, swap_words, synonym_share;
	struct learning learning;
	bool lora_inner, biases;
};

struct bert_state {
	float *array[BERT_ARRAYS];      /* bert_net.h; adapters apart from what they adapt */
	float *head, *head_bias;        /* [O, d], [O] */
	float *level;                   /* [O] ratings that the classes stand for */
	float *mean, *user_bias, *item_bias; /* with --biases */
	float *item_score;              /* [I] what the texts of the item's events say, on the whole: for ranking */
	struct bert_shape shape;        /* zero until there is an encoder */
	size_t max_length;              /* of a text in tokens */
	size_t n_outputs;               /* O: 1, or the number of classes */
	bool reads_events;              /* events have texts of their own */
	struct textlist item_text, user_text; /* by id; ids beyond the end have none */
	struct synonyms *synonyms;      /* of --synonyms, or NULL */
	/* the directory that the encoder came from */
	struct folder *files;
	struct bert_config config;
	struct tokenizer *tokenizer;
};

/* ---- bert_terms.c ---- */

enum pooling bert_pooling_of(const struct model *m);
/* The first layer that learns. */
size_t bert_first_layer(const struct model *m);
/* A rating of at least this is a like. */
float bert_like_from(const struct model *m);
/* The levels of the training ratings. */
void bert_levels(const struct model *m, struct levels *l);
/* mu + b_u + b_i, 0 without --biases. */
float bert_bias_of(const struct bert_state *s, uint32_t user, uint32_t item);

/* ---- bert_input.c ---- */

/* Config and tokenizer from s->files. */
MUST_CHECK int bert_open_files(struct model *m, struct err *e);
/* What the options name: the encoder's small files (where there is none yet), the texts of items and users, who become part
 * of the model. Tells how many of the events have no text at all; to learn from, some must (ERR_DATA). */
MUST_CHECK int bert_read_files(struct model *m, const struct events *ev, struct log *log, struct err *e);

/* Tokens of n texts, one behind the other; type is NULL where the encoder knows one type only. */
struct bert_corpus {
	size_t n, *start; /* [n + 1] */
	uint32_t *token;
	uint8_t *type;
};
/* How texts are altered while they are learned from: drawn from (seed, epoch, number of the text). */
struct bert_alteration {
	struct augment how;
	uint64_t seed;
	size_t epoch;
};
/* What the options say of it. */
struct augment bert_augment(const struct model *m);
/* The texts of events, altered or (NULL) as they are; indices of users and items may be IDMAP_NONE. Owner: caller. */
void bert_corpus_init(struct bert_corpus *c, const struct model *m, const struct events *ev,
		      const struct bert_alteration *alteration, struct pool *pool);
void bert_corpus_release(struct bert_corpus *c);

/* ---- bert_step.c ---- */

/* out[n, O]: what the head says of each text. */
void bert_scores(const struct model *m, const struct bert_corpus *c, float *out, struct pool *pool);
/* out[ev->n]: what the texts of events say: a rating (less the biases), the expected level, or the probability of a like. */
void bert_says(const struct model *m, const struct events *ev, float *out, struct pool *pool);
/* The weights that the network runs on: adapters merged into matrices of their own. Owner: caller. */
struct bert_merged {
	float *run[BERT_ARRAYS], *own[BERT_ARRAYS];
};
void bert_merged_init(struct bert_merged *g, const struct model *m, struct pool *pool);
void bert_merged_release(struct bert_merged *g);

struct bert_stepper;
/* target[n]: a residual rating, the number of a class, or 1 and 0. Everything is borrowed. n_steps is for the schedule. */
struct bert_stepper *bert_stepper_new(struct model *m, const struct bert_corpus *c, const float *target, size_t n_steps,
				      uint64_t seed, struct pool *pool);
void bert_stepper_free(struct bert_stepper *s);
/* Moments, counts, and the word embeddings as they learn, for checkpoints. */
void bert_stepper_state(struct bert_stepper *s, struct arrays *a);
/* A step from the n texts named; returns the sum of their losses. The word embeddings in the model's arrays are behind until
 * bert_stepper_publish. */
double bert_step(struct bert_stepper *s, const uint32_t *text, size_t n);
void bert_stepper_publish(struct bert_stepper *s);

/* ---- bert_train.c ---- */

extern const struct learner bert_learner, bert_updater;
int bert_export(const struct model *m, const char *dir, struct err *e);

#endif
