/* arrays.h: a list of named arrays: what a learning model consists of between two epochs, for checkpoints to write out and
 * bring back. */
#ifndef RECPIPE_IO_ARRAYS_H
#define RECPIPE_IO_ARRAYS_H

#include "io/tensorfile.h"

struct array {
	char *name;
	enum dtype dtype;
	size_t n;
	void *data;         /* [n], borrowed */
};

struct arrays {
	struct array *v;
	size_t n, room;
	const char *prefix; /* of the names of what is added from now on; NULL: none */
};
#define ARRAYS_INIT { NULL, 0, 0, NULL }

/* Names are unique in the list. n 0: nothing is added. */
void arrays_add(struct arrays *a, const char *name, enum dtype dtype, size_t n, void *data);
void arrays_release(struct arrays *a);
void arrays_save(const struct arrays *a, struct tensor_writer *w);
/* The file's values into all arrays; ERR_DATA where one is missing or has another type or size. */
MUST_CHECK int arrays_load(const struct arrays *a, const struct tensorfile *t, struct err *e);

#endif
