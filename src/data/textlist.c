/* textlist.c: see textlist.h. */
#include "data/textlist.h"
#include "base/mem.h"
#include "io/tensorfile.h"

void textlist_release(struct textlist *t)
{
	buf_release(&t->bytes);
	mem_free(t->start);
	*t = (struct textlist)TEXTLIST_INIT;
}

void textlist_add(struct textlist *t, struct str text)
{
	if (t->n + 1 >= t->capacity) {
		size_t capacity = mem_grow(t->capacity, t->n + 2);
		t->start = mem_resize(t->start, t->capacity, capacity, sizeof *t->start);
		t->capacity = capacity;
		t->start[0] = 0;
	}
	buf_addstr(&t->bytes, text);
	t->start[++t->n] = t->bytes.n;
}

struct str textlist_at(const struct textlist *t, size_t i)
{
	if (i >= t->n)
		return STR("");
	return (struct str){ t->bytes.data + t->start[i], t->start[i + 1] - t->start[i] };
}

void textlist_save(const struct textlist *t, const char *prefix, struct tensor_writer *w)
{
	if (!t->n)
		return;
	char *bytes = mem_printf("%s.bytes", prefix), *offsets = mem_printf("%s.offsets", prefix);
	tensor_writer_add(w, bytes, DT_U8, 1, &t->bytes.n, buf_text(&t->bytes));
	tensor_writer_add(w, offsets, DT_U64, 1, (size_t[]){ t->n + 1 }, t->start);
	mem_free(bytes);
	mem_free(offsets);
}

static int take(struct textlist *t, const struct tensorfile *f, const struct tensor *bytes, const struct tensor *offsets,
		struct err *e)
{
	const uint64_t *start = offsets->data;
	size_t n = offsets->dim[0];
	bool good = n > 0 && start[0] == 0 && start[n - 1] == bytes->n_bytes;
	for (size_t i = 1; good && i < n; i++)
		good = start[i - 1] <= start[i];
	if (!good)
		return err_data(e, "%s: \"%s\" does not ascend from 0 to the end of the texts", tensorfile_name(f), offsets->name);
	buf_add(&t->bytes, bytes->data, bytes->n_bytes);
	t->start = mem_dup(start, offsets->n_bytes);
	t->n = n - 1;
	t->capacity = n;
	return 0;
}

int textlist_load(struct textlist *t, const char *prefix, const struct tensorfile *f, struct err *e)
{
	char *bytes_name = mem_printf("%s.bytes", prefix), *offsets_name = mem_printf("%s.offsets", prefix);
	const struct tensor *bytes, *offsets;
	int rc = 0;
	*t = (struct textlist)TEXTLIST_INIT;
	if (tensorfile_find(f, offsets_name)) {
		rc = tensorfile_need(f, bytes_name, DT_U8, 1, (size_t[]){ SIZE_MAX }, &bytes, e);
		if (!rc)
			rc = tensorfile_need(f, offsets_name, DT_U64, 1, (size_t[]){ SIZE_MAX }, &offsets, e);
		if (!rc)
			rc = take(t, f, bytes, offsets, e);
	}
	mem_free(bytes_name);
	mem_free(offsets_name);
	return rc;
}
