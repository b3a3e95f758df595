/* bert_weights.h: the tensors of a model directory, checked and packed for the forward pass. */
#ifndef RECPIPE_ENCODER_BERT_WEIGHTS_H
#define RECPIPE_ENCODER_BERT_WEIGHTS_H

#include "base/mem.h"
#include "encoder/bert_tensors.h"
#include "linalg/gemm.h"

struct bert_norm {
	float *gain, *bias; /* [width], of the arena */
};

struct bert_layer {
	struct gemm_weights qkv, out, up, down; /* [3 width, width], [width, width], [ffn, width], [width, ffn] */
	struct bert_norm attention_norm, output_norm;
};

struct bert {
	struct bert_config config;
	enum bert_precision precision;
	enum cpu_level level;
	struct bert_tensors tensors;
	const struct tensor *words; /* [vocab_size, width], stays in the file */
	float *positions;           /* [n_positions, width]: position plus token type 0 */
	struct bert_norm embedding_norm;
	struct bert_layer *layers;
	struct arena arena;
};

/* m->config, precision and level are set; the rest is zero. On an error bert_weights_close releases what there is. */
MUST_CHECK int bert_weights_open(struct bert *m, const char *dir, struct pool *pool, struct err *e);
void bert_weights_close(struct bert *m);

/* Rows of the word table, as far as some ids use it. */
struct bert_rows {
	uint32_t *place; /* [vocab_size]: which row an id has, if it is used */
	float *rows;     /* [used, width] */
};
/* ids[n] are below vocab_size. */
void bert_rows_take(const struct bert *m, const uint32_t *ids, size_t n, struct pool *pool, struct bert_rows *w);
void bert_rows_release(struct bert_rows *w);

#endif
