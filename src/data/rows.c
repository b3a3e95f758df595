/* rows.c: see rows.h. */
#include "data/rows.h"

#include <string.h>

void header_release(struct header *c)
{
	mem_free(c->name);
	arena_release(&c->memory);
	*c = (struct header)HEADER_INIT;
}

ptrdiff_t header_find(const struct header *c, struct str name)
{
	for (size_t i = 0; i < c->n; i++)
		if (str_eq(str_of(c->name[i]), name))
			return (ptrdiff_t)i;
	return -1;
}

int header_add(struct header *c, struct str name, struct err *e)
{
	if (header_find(c, name) >= 0)
		return err_usage(e, "there would be two columns \"%.*s\"", (int)name.n, name.p);
	c->name = mem_resize(c->name, c->n, c->n + 1, sizeof *c->name);
	c->name[c->n++] = arena_strdup(&c->memory, name.p, name.n);
	return 0;
}

int header_need(const struct header *c, struct str name, size_t *out, struct err *e)
{
	ptrdiff_t i = header_find(c, name);
	if (i >= 0) {
		*out = (size_t)i;
		return 0;
	}
	struct buf names = BUF_INIT;
	for (size_t k = 0; k < c->n; k++)
		buf_printf(&names, "%s%s", k ? ", " : "", c->name[k]);
	err_data(e, "there is no column \"%.*s\"; there are: %s", (int)name.n, name.p, buf_text(&names));
	buf_release(&names);
	return ERR_DATA;
}

int header_need_list(const struct header *c, const char *list, size_t **out, size_t *n, struct err *e)
{
	struct str rest = str_of(list);
	size_t *v = MEM_NEW(rest.n + 1, size_t);
	*n = 0;
	while (rest.p) {
		int rc = header_need(c, str_cut(&rest, '+'), &v[*n], e);
		if (rc) {
			mem_free(v);
			return rc;
		}
		++*n;
	}
	*out = v;
	return 0;
}

void row_set(struct row *r, size_t c, struct str text)
{
	r->field[c] = (struct str){ arena_strdup(r->memory, text.p, text.n), text.n };
}

struct str str_cut(struct str *rest, char separator)
{
	const char *end = rest->n ? memchr(rest->p, separator, rest->n) : NULL;
	struct str piece = { rest->p, end ? (size_t)(end - rest->p) : rest->n };
	*rest = end ? (struct str){ end + 1, rest->n - piece.n - 1 } : (struct str){ NULL, 0 };
	return piece;
}
