/* idlist.h: a column of ids from CSV, with other columns beside it where they are wanted. */
#ifndef RECPIPE_DATA_IDLIST_H
#define RECPIPE_DATA_IDLIST_H

#include "base/err.h"
#include "data/idmap.h"

#include <stdbool.h>

/* A column's text by index of id. */
struct id_texts {
	struct buf bytes;
	size_t *offset, *length; /* [n] */
	size_t n;
};
#define ID_TEXTS_INIT { BUF_INIT, NULL, NULL, 0 }

/* Add the distinct ids of `column` to ids, in order of first appearance. text[c] receives the fields of column
 * beside[c] (of an id's first row, where it repeats). Owner of text: caller, by id_texts_release. ERR_DATA for a
 * missing column or a blank id. */
MUST_CHECK int idlist_read(struct idmap *ids, const char *path, const char *column, const char *const *beside,
			   size_t n_beside, struct id_texts *text, struct err *e);
/* mark[i] becomes value for every id of the column that is ids' i-th. *n is the number of distinct ids in the file, *n_unknown
 * of those that are not in ids. Errors as above. */
MUST_CHECK int idlist_mark(const char *path, const char *column, const struct idmap *ids, bool value, bool *mark, size_t *n,
			   size_t *n_unknown, struct err *e);
/* Empty where the file had none. */
struct str id_text(const struct id_texts *t, uint32_t index);
void id_texts_release(struct id_texts *t);

#endif
