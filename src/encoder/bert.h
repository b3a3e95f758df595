/* bert.h: a BERT-class encoder, token ids in, one vector a text out. It knows no tokenizer.
 *
 * Post-norm transformer encoders as published for Hugging Face Transformers: BERT (Devlin et al. 2019), DistilBERT
 * (Sanh et al. 2019), RoBERTa and XLM-RoBERTa (Liu et al. 2019: positions begin at pad_token_id + 1). A model directory
 * holds config.json and model.safetensors (weights F32, F16 or BF16), and, from sentence-transformers, 1_Pooling,
 * modules.json and sentence_bert_config.json, which say how to pool, whether to normalise, and the usual length.
 *
 * Texts of one call are packed without padding: the work is that of the tokens there are. A text's vector does not
 * depend on the other texts of the call, on their order, or on the number of threads: same bytes (at one precision on
 * one kind of processor). Memory of a call is bounded by the workers (a few MB each) plus the caller's own arrays.
 * docs/encoder.md has the measurements. */
#ifndef RECPIPE_ENCODER_BERT_H
#define RECPIPE_ENCODER_BERT_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pool;
struct bert;

enum bert_precision { BERT_F32, BERT_BF16, BERT_INT8 }; /* order of the choices "f32|bf16|int8" */
enum bert_pooling { BERT_POOL_CLS, BERT_POOL_MEAN, BERT_POOL_MAX }; /* "cls|mean|max" */

/* What the directory says of the model. */
struct bert_info {
	const char *family;  /* "bert", "distilbert", "roberta", "xlm-roberta"; static text */
	size_t vocab_size;   /* ids are below this */
	size_t n_positions;  /* longest text in tokens, special tokens included */
	size_t n_types;      /* token types; all tokens are of type 0 */
	size_t n_layers, width, n_heads, ffn_width;
	const char *act;     /* "gelu" (erf) or "gelu_tanh"; static text */
	double norm_eps;     /* of the layer norms */
	const char *dtype;   /* of the stored weights: "F32", "F16", "BF16", or "mixed"; static text */
	size_t n_parameters; /* of the encoder, embeddings included */
	/* from the sentence-transformers files; without them: mean, no, n_positions */
	enum bert_pooling pooling;
	bool normalize;
	size_t max_tokens;
};

/* Read, check and pack. pool (or NULL) speeds up the packing. ERR_DATA names the file and the tensor or key that is
 * missing, of a wrong shape or type, absurd, or of a kind that is not supported (with what is); ERR_SYSTEM where a file
 * cannot be read. Owner of *out: caller. */
MUST_CHECK int bert_open(struct bert **out, const char *dir, enum bert_precision precision, struct pool *pool,
			 struct err *e);
void bert_close(struct bert *m);
/* Borrowed, lives as long as m. */
const struct bert_info *bert_info(const struct bert *m);
/* A 64-bit hash of the config and the encoder's weights as stored: reads all of them. */
uint64_t bert_fingerprint(const struct bert *m);

/* Rows of the word table, [n, width]; ids are below vocab_size. */
void bert_words(const struct bert *m, const uint32_t *ids, size_t n, float *out);

/* Text i is ids[seq_start[i] .. seq_start[i+1]), special tokens included; n_seqs + 1 offsets, the first may be above 0.
 * Row i of out, [n_seqs, width], is its pooled vector, divided by its Euclidean length if normalize is set.
 * ERR_DATA for a text of no tokens or of more than n_positions, and for an id beyond the vocabulary, naming the text by
 * its index. For speed give some thousands of tokens a call; order by length does not matter. */
MUST_CHECK int bert_encode(const struct bert *m, const uint32_t *ids, const size_t *seq_start, size_t n_seqs,
			   enum bert_pooling pooling, bool normalize, float *out, struct pool *pool, struct err *e);

#endif
