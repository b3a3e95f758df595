/* textlist.h: texts in memory, one behind the other: those of events, items or users. */
#ifndef RECPIPE_DATA_TEXTLIST_H
#define RECPIPE_DATA_TEXTLIST_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct tensorfile;
struct tensor_writer;

/* A zeroed struct is an empty list. */
struct textlist {
	struct buf bytes;
	uint64_t *start;   /* [n + 1]; NULL where n is 0 */
	size_t n, capacity;
};
#define TEXTLIST_INIT { BUF_INIT, NULL, 0, 0 }
void textlist_release(struct textlist *t);
void textlist_add(struct textlist *t, struct str text);
/* Text i; empty for i beyond the end. Borrowed until the next add. */
struct str textlist_at(const struct textlist *t, size_t i);
/* Stored as tensors "PREFIX.bytes" (U8) and "PREFIX.offsets" (U64, n + 1), borrowed until the write. */
void textlist_save(const struct textlist *t, const char *prefix, struct tensor_writer *w);
/* Checks that offsets ascend and end with the bytes. A list of no texts is not stored: then there are no such tensors. */
MUST_CHECK int textlist_load(struct textlist *t, const char *prefix, const struct tensorfile *f, struct err *e);

#endif
