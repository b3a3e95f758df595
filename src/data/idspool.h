/* idspool.h: ids that are kept in a temporary file, in order of arrival, and only asked whether one is there: what a writer of
 * many millions of rows needs. Memory is 10 to 15 bytes an id, however long ids are; idmap.h, which answers from memory
 * alone, takes 50 and more. */
#ifndef RECPIPE_DATA_IDSPOOL_H
#define RECPIPE_DATA_IDSPOOL_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct idspool;
struct tensor_writer;

/* Owner of *out: caller. All errors but one are ERR_SYSTEM, of the temporary files. */
MUST_CHECK int idspool_open(struct idspool **out, struct err *e);
void idspool_free(struct idspool *s);
size_t idspool_count(const struct idspool *s);
/* *row: how many ids came before this one, or IDMAP_NONE (data/idmap.h) where it is not there. */
MUST_CHECK int idspool_find(struct idspool *s, struct str id, uint32_t *row, struct err *e);
/* The id must be new. ERR_DATA for the id after 2^32 - 2. */
MUST_CHECK int idspool_add(struct idspool *s, struct str id, struct err *e);
/* As idmap_save: tensors "PREFIX.bytes" and "PREFIX.offsets". No id may be added before the write, which borrows the files. */
MUST_CHECK int idspool_save(struct idspool *s, const char *prefix, struct tensor_writer *w, struct err *e);

#endif
