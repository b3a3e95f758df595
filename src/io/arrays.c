/* arrays.c: see arrays.h. */
#include "io/arrays.h"
#include "base/mem.h"

#include <string.h>

void arrays_add(struct arrays *a, const char *name, enum dtype dtype, size_t n, void *data)
{
	if (n == 0)
		return;
	if (a->n == a->room) {
		a->room = mem_grow(a->room, a->n + 1);
		a->v = mem_resize(a->v, a->n, a->room, sizeof *a->v);
	}
	a->v[a->n++] = (struct array){ mem_printf("%s%s", a->prefix ? a->prefix : "", name), dtype, n, data };
}

void arrays_release(struct arrays *a)
{
	for (size_t i = 0; i < a->n; i++)
		mem_free(a->v[i].name);
	mem_free(a->v);
	*a = (struct arrays)ARRAYS_INIT;
}

void arrays_save(const struct arrays *a, struct tensor_writer *w)
{
	for (size_t i = 0; i < a->n; i++)
		tensor_writer_add(w, a->v[i].name, a->v[i].dtype, 1, &a->v[i].n, a->v[i].data);
}

int arrays_load(const struct arrays *a, const struct tensorfile *t, struct err *e)
{
	for (size_t i = 0; i < a->n; i++) {
		const struct tensor *from;
		int rc = tensorfile_need(t, a->v[i].name, a->v[i].dtype, 1, &a->v[i].n, &from, e);
		if (rc)
			return rc;
		memcpy(a->v[i].data, from->data, from->n_bytes);
	}
	return 0;
}
