/* pseudonym.h: keyed pseudonyms for ids.
 *
 * HMAC-SHA256 (RFC 2104) over the column's name, a NUL and the id, cut to 128 bits and written as 32 hexadecimal digits:
 * the same id has the same pseudonym in every file made with the same key, a user and an item of the same name have
 * different ones, and without the key neither can be found from the other, not even by trying all ids. */
#ifndef RECPIPE_DATA_PSEUDONYM_H
#define RECPIPE_DATA_PSEUDONYM_H

#include "data/rows.h"

#include <nettle/hmac.h>

struct pseudonym {
	struct hmac_sha256_ctx key;
	size_t *column, n;
	const char **name;
	row_fn *to;
	void *to_context;
};
/* The key is every byte of the file, at least 16. list: columns, "user,item". */
MUST_CHECK int pseudonym_open(struct pseudonym *p, const char *key_path, const char *list, const struct header *columns,
			      struct err *e);
/* A row_fn over a struct pseudonym. */
int pseudonym_row(void *context, struct row *row, struct err *e);
/* Also wipes the key. */
void pseudonym_release(struct pseudonym *p);

#endif
