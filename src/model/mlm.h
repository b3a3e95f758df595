/* mlm.h: the parts that the files of model mlm share.
 *
 * mlm.c is the class: options, parameters, the model directory it begins and ends with; mlm_start.c gives a new one its
 * start values; mlm_train.c learns; mlm_texts.c turns texts into masked batches; mlm_step.c makes a step. */
#ifndef RECPIPE_MODEL_MLM_H
#define RECPIPE_MODEL_MLM_H

#include "encoder/bert_config.h"
#include "model/mlm_step.h"
#include "model/model.h"
#include "optim/learning.h"
#include "text/masking.h"

struct folder;

struct mlm_options {
	const char *encoder, *text, *template;
	size_t vocab_size, min_frequency, width, layers, heads, inner, length, batch;
	double mask, dropout;
	struct learning learning;
	bool cased, whole_words;
};

struct mlm_state {
	struct bert_config config;
	struct bert_shape shape;       /* all zeros until learning begins */
	struct folder *files;          /* of the model directory, all but the weights */
	struct tokenizer *tokenizer;
	struct mlm_weights w;
	struct mlm_work *work;         /* of mlm_train.c, while it learns */
};

extern const struct learner mlm_learner;
/* Files, tokenizer, shape and weights at their start: of --encoder, or new ones with a vocabulary of the texts. */
MUST_CHECK int mlm_start(struct model *m, const struct textlist *texts, struct pool *pool, struct err *e);
void mlm_release(struct model *m);

/* ---- mlm_start.c ---- */

/* Embeddings, queries and keys drawn with a standard deviation of spread become ones by which heads look around. */
void mlm_look_around(const struct bert_shape *s, double spread, uint64_t seed, float *const w[BERT_ARRAYS]);

/* ---- mlm_texts.c ---- */

/* Texts as token ids, special tokens around each; those too long are cut into parts of about equal length, empty ones are
 * left out. A zeroed struct is empty. */
struct mlm_texts {
	uint32_t *id;
	size_t *start, n, capacity, id_capacity;
};
MUST_CHECK int mlm_texts_make(struct mlm_texts *t, const struct tokenizer *tokenizer, const struct textlist *texts,
			      size_t length, struct pool *pool, struct err *e);
void mlm_texts_release(struct mlm_texts *t);

/* A batch in the making. */
struct mlm_batcher;
/* For up to n tokens. */
struct mlm_batcher *mlm_batcher_new(size_t n);
void mlm_batcher_free(struct mlm_batcher *b);
/* Texts order[*at], order[*at + 1], ... until there are `tokens` of them, masked by (seed, stream, number of the text); *at
 * moves on. order has t->n entries, NULL: as they stand. */
struct mlm_batch mlm_batcher_fill(struct mlm_batcher *b, const struct mlm_texts *t, const struct masking *m,
				  const uint32_t *order, size_t *at, size_t tokens, uint64_t seed, uint64_t stream);

#endif
