/* Fuzz target: tensor files. Any bytes are refused with one line, or every tensor lies within them, aligned.
 * Ids are read from it where it has them. */
#include "base/mem.h"
#include "data/idmap.h"
#include "io/tensorfile.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

static void read_bytes(const struct tensor *x)
{
	const unsigned char *p = x->data;
	unsigned sum = 0;
	for (size_t i = 0; i < x->n_bytes; i++)
		sum += p[i];
	__asm__ volatile("" : : "r"(sum));
}

static void look(const struct tensorfile *t)
{
	size_t n = 0;
	for (size_t i = 0; i < tensorfile_count(t); i++) {
		const struct tensor *x = tensorfile_at(t, i), *found;
		struct err e = { 0 };
		if ((uintptr_t)x->data % dtype_bytes(x->dtype) || tensorfile_find(t, x->name) != x)
			__builtin_trap();
		if (tensorfile_need(t, x->name, x->dtype, x->n_dims, x->dim, &found, &e) || found != x)
			__builtin_trap();
		read_bytes(x);
	}
	while (tensorfile_meta_key(t, n))
		if (!tensorfile_meta(t, tensorfile_meta_key(t, n++)))
			__builtin_trap();
}

static void load_ids(const struct tensorfile *t)
{
	struct err e = { 0 };
	struct idmap ids;
	if (idmap_load(&ids, "ids", t, &e) == 0) {
		for (uint32_t i = 0; i < ids.n; i++)
			if (idmap_find(&ids, idmap_id(&ids, i)) != i)
				__builtin_trap();
		idmap_release(&ids);
	} else if (!e.message[0] || ids.n) {
		__builtin_trap();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	struct tensorfile *t;
	struct err e = { 0 };
	int rc = tensorfile_parse(&t, data, n_bytes, "file", &e);
	if (rc) {
		if (rc != ERR_DATA || strncmp(e.message, "file:", 5) || strchr(e.message, '\n'))
			__builtin_trap();
		return 0;
	}
	look(t);
	load_ids(t);
	tensorfile_close(t);
	return 0;
}
