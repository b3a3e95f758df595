/* bert_config.h: what the JSON files of a model directory say, checked before any weight is touched. */
#ifndef RECPIPE_ENCODER_BERT_CONFIG_H
#define RECPIPE_ENCODER_BERT_CONFIG_H

#include "encoder/bert.h"
#include "nn/activation.h"

struct folder;

struct bert_config {
	struct bert_info info;  /* all but dtype and n_parameters */
	enum activation activation;
	bool distil;            /* DistilBERT's tensor names, no token types */
	size_t position_offset; /* row of position 0 in the table (RoBERTa: pad_token_id + 1) */
	size_t position_rows;   /* of that table */
};

/* The files that are read: config.json must be there, the others are those of sentence-transformers. */
extern const char *const bert_config_files[];
extern const size_t n_bert_config_files;
/* ERR_DATA names the file and key. A model_type, activation or kind of position that is not supported is named with what
 * is. Absent sentence-transformers files are no error. */
MUST_CHECK int bert_config_read(struct bert_config *c, const struct folder *f, struct err *e);

#endif
