/* counts.c: see counts.h. */
#include "encoder/counts.h"
#include "base/mem.h"

#include <string.h>

void counts_init(struct counts *c, size_t size)
{
	*c = (struct counts){ .n = MEM_ZNEW(size, uint32_t), .size = size };
}

void counts_release(struct counts *c)
{
	mem_free(c->n);
	mem_free(c->saved);
	*c = (struct counts){ 0 };
}

void counts_save(struct counts *c, struct tensor_writer *w, const char *name, const char *total)
{
	size_t n = 0;
	for (size_t i = 0; i < c->size; i++)
		n += c->n[i] != 0;
	c->saved = mem_resize(c->saved, 0, 2 * n, sizeof *c->saved);
	for (size_t i = 0, k = 0; i < c->size; i++)
		if (c->n[i]) {
			c->saved[k] = (uint32_t)i;
			c->saved[n + k++] = c->n[i];
		}
	tensor_writer_add(w, name, DT_U32, 2, (size_t[]){ 2, n }, c->saved);
	tensor_writer_add(w, total, DT_U64, 1, (size_t[]){ 1 }, &c->total);
}

int counts_load(struct counts *c, const struct tensorfile *t, const char *name, const char *total, struct err *e)
{
	const struct tensor *pairs, *sum;
	int rc = tensorfile_need(t, name, DT_U32, 2, (size_t[]){ 2, SIZE_MAX }, &pairs, e);
	if (!rc)
		rc = tensorfile_need(t, total, DT_U64, 1, (size_t[]){ 1 }, &sum, e);
	if (rc)
		return rc;
	const uint32_t *thing = pairs->data;
	for (size_t i = 0, n = pairs->dim[1]; i < n; i++) {
		if (thing[i] >= c->size)
			return err_data(e, "%s: %s counts number %u, but there are only %zu", tensorfile_name(t), name, thing[i],
					c->size);
		c->n[thing[i]] = thing[n + i];
	}
	memcpy(&c->total, sum->data, sizeof c->total);
	return 0;
}
