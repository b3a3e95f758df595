/* bert_params.h: the weights of a BERT-class network, from a published model directory and back to one.
 *
 * What bert_net.h learns lies in plain f32 arrays; a directory has its tensors by name, in F32, F16 or BF16. */
#ifndef RECPIPE_ENCODER_BERT_PARAMS_H
#define RECPIPE_ENCODER_BERT_PARAMS_H

#include "encoder/bert_config.h"
#include "encoder/bert_net.h"

/* Without adapters. */
struct bert_shape bert_shape_of(const struct bert_config *c);
/* DIR/model.safetensors into arrays of bert_array_size values each (those of adapters are left alone). ERR_DATA names the
 * tensor that is missing, has another type or shape, or holds what is not a finite number. */
MUST_CHECK int bert_params_read(const struct bert_config *c, const char *dir, float *const w[BERT_ARRAYS], struct err *e);

/* What stands beside the encoder in a file, such as the head of a masked-language model. The encoder's names then have a
 * prefix ("bert."), by which Transformers tells such a file from a bare encoder. */
struct bert_beside {
	const char *prefix;
	const struct tensor *tensor;
	size_t n;
};
/* A model directory as Transformers and sentence-transformers load it: the files as they are, and model.safetensors in F32.
 * dir is made where it is not there; config.json comes last. Weights are merged ones where there were adapters. beside may
 * be NULL. */
MUST_CHECK int bert_params_export(const struct bert_config *c, float *const w[BERT_ARRAYS], const struct bert_beside *beside,
				  const struct folder *files, const char *dir, struct err *e);

#endif
