/* counts.h: how often each of a fixed number of things occurs in a corpus, kept with the embeddings that were made by it. */
#ifndef RECPIPE_ENCODER_COUNTS_H
#define RECPIPE_ENCODER_COUNTS_H

#include "io/tensorfile.h"

struct counts {
	uint32_t *n;     /* [size] */
	size_t size;
	uint64_t total;  /* the caller's own: rows seen, or things */
	uint32_t *saved; /* lent to the writer */
};

void counts_init(struct counts *c, size_t size);
void counts_release(struct counts *c);
/* Tensors NAME [2, k], U32: the things that occur and their counts; and TOTAL [1], U64. Borrowed until the write. */
void counts_save(struct counts *c, struct tensor_writer *w, const char *name, const char *total);
MUST_CHECK int counts_load(struct counts *c, const struct tensorfile *t, const char *name, const char *total, struct err *e);

#endif
