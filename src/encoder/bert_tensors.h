/* bert_tensors.h: the tensors of a published model by their names, checked against its config.
 *
 * Names differ between families (BERT, DistilBERT), in what stands before them, and in what old files call the two vectors of
 * a norm; this is the only place that knows. */
#ifndef RECPIPE_ENCODER_BERT_TENSORS_H
#define RECPIPE_ENCODER_BERT_TENSORS_H

#include "encoder/bert_config.h"
#include "io/tensorfile.h"

/* The parts of a layer: matrices [rows, columns] with a bias, and the two norms. */
enum bert_part {
	BERT_PART_QUERY, BERT_PART_KEY, BERT_PART_VALUE, BERT_PART_OUT, BERT_PART_NORM1, BERT_PART_UP, BERT_PART_DOWN,
	BERT_PART_NORM2,
};
enum { BERT_NAME_BYTES = 96 };
#define BERT_NAME_WORDS "embeddings.word_embeddings"
#define BERT_NAME_POSITIONS "embeddings.position_embeddings"
#define BERT_NAME_TYPES "embeddings.token_type_embeddings"
#define BERT_NAME_NORM "embeddings.LayerNorm"
/* What a part is called, without ".weight" or ".bias". */
void bert_part_name(const struct bert_config *c, size_t layer, enum bert_part part, char name[BERT_NAME_BYTES]);

struct bert_tensors {
	const struct bert_config *config;
	struct tensorfile *file;
	const char *prefix;   /* of the names in this file; static text */
	size_t n_by_type[3];  /* tensors asked for in F32, F16, BF16 */
	size_t n_parameters;  /* of those asked for */
};

/* DIR/model.safetensors. config is borrowed. ERR_DATA where it holds no such model, or one of more layers. */
MUST_CHECK int bert_tensors_open(struct bert_tensors *t, const struct bert_config *config, const char *dir, struct err *e);
void bert_tensors_close(struct bert_tensors *t);
/* BASE.weight of rows x columns, in any of the three types. ERR_DATA names what is missing or has another type or shape. */
MUST_CHECK int bert_tensors_matrix(struct bert_tensors *t, const char *base, size_t rows, size_t columns,
				   const struct tensor **out, struct err *e);
/* BASE.bias. */
MUST_CHECK int bert_tensors_bias(struct bert_tensors *t, const char *base, size_t n, float *out, struct err *e);
/* Of the model's width. */
MUST_CHECK int bert_tensors_norm(struct bert_tensors *t, const char *base, float *gain, float *bias, struct err *e);
/* Row of a two-dimensional (or only row of a one-dimensional) tensor of F32, F16 or BF16. */
void bert_tensor_row(const struct tensor *t, size_t row, float *out);
/* "F32", "F16", "BF16" or "mixed": the types of what was asked for. */
const char *bert_tensors_dtype(const struct bert_tensors *t);

#endif
