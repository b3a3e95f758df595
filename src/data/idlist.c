/* idlist.c: see idlist.h. */
#include "data/idlist.h"
#include "base/mem.h"
#include "io/csv.h"

static void keep_text(struct id_texts *t, uint32_t index, struct str field)
{
	if (index >= t->n) {
		size_t n = mem_grow(t->n, (size_t)index + 1);
		t->offset = mem_resize(t->offset, t->n, n, sizeof *t->offset);
		t->length = mem_resize(t->length, t->n, n, sizeof *t->length);
		for (size_t i = t->n; i < n; i++)
			t->offset[i] = t->length[i] = 0;
		t->n = n;
	}
	t->offset[index] = t->bytes.n;
	t->length[index] = field.n;
	buf_addstr(&t->bytes, field);
}

static int find_columns(const struct csv *c, const char *column, const char *const *beside, size_t n_beside,
			ptrdiff_t *id_at, ptrdiff_t *text_at, struct err *e)
{
	int rc = csv_need(c, column, id_at, e);
	for (size_t i = 0; i < n_beside && !rc; i++)
		rc = csv_need(c, beside[i], &text_at[i], e);
	return rc;
}

static int take_row(struct idmap *ids, const struct csv *c, const struct csv_row *row, const char *column,
		    ptrdiff_t id_at, const ptrdiff_t *text_at, size_t n_beside, struct id_texts *text, struct err *e)
{
	if (!row->field[id_at].n)
		return err_at_line(e, csv_name(c), row->line, "the %s is blank", column);
	uint32_t index = idmap_add(ids, row->field[id_at]);
	for (size_t i = 0; i < n_beside; i++)
		if (index >= text[i].n || !text[i].length[index])
			keep_text(&text[i], index, row->field[text_at[i]]);
	return 0;
}

int idlist_read(struct idmap *ids, const char *path, const char *column, const char *const *beside, size_t n_beside,
		struct id_texts *text, struct err *e)
{
	struct csv_format format = CSV_FORMAT_DEFAULT;
	struct csv *c;
	struct csv_row row;
	ptrdiff_t id_at = 0, *text_at;
	int more = 1, rc = csv_open(&c, path, &format, e);
	if (rc)
		return rc;
	text_at = MEM_ZNEW(n_beside, ptrdiff_t);
	rc = find_columns(c, column, beside, n_beside, &id_at, text_at, e);
	while (!rc && (more = csv_next(c, &row, e)) > 0)
		rc = take_row(ids, c, &row, column, id_at, text_at, n_beside, text, e);
	mem_free(text_at);
	csv_close(c);
	return rc ? rc : more < 0 ? more : 0;
}

int idlist_mark(const char *path, const char *column, const struct idmap *ids, bool value, bool *mark, size_t *n,
		size_t *n_unknown, struct err *e)
{
	struct idmap own = IDMAP_INIT;
	int rc = idlist_read(&own, path, column, NULL, 0, NULL, e);
	*n = own.n;
	*n_unknown = 0;
	for (size_t i = 0; i < own.n && !rc; i++) {
		uint32_t at = idmap_find(ids, idmap_id(&own, (uint32_t)i));
		if (at == IDMAP_NONE)
			++*n_unknown;
		else
			mark[at] = value;
	}
	idmap_release(&own);
	return rc;
}

struct str id_text(const struct id_texts *t, uint32_t index)
{
	if (index >= t->n)
		return STR("");
	return (struct str){ buf_text(&t->bytes) + t->offset[index], t->length[index] };
}

void id_texts_release(struct id_texts *t)
{
	buf_release(&t->bytes);
	mem_free(t->offset);
	mem_free(t->length);
	*t = (struct id_texts)ID_TEXTS_INIT;
}
