/* table.c: see table.h. */
#include "data/table.h"
#include "base/numbers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct head {
	uint64_t line;
	uint32_t input;
};

void table_init(struct table *t, size_t n_columns)
{
	*t = (struct table){ .n_columns = n_columns };
}

void table_release(struct table *t)
{
	mem_free(t->start);
	buf_release(&t->bytes);
	arena_release(&t->memory);
	*t = (struct table){ 0 };
}

static uint64_t pack(struct table *t, const struct row *r)
{
	uint64_t at = t->bytes.n;
	struct head h = { .line = r->line, .input = r->input };
	buf_add(&t->bytes, &h, sizeof h);
	for (size_t c = 0; c < t->n_columns; c++) {
		uint32_t n = (uint32_t)r->field[c].n;
		buf_add(&t->bytes, &n, sizeof n);
	}
	for (size_t c = 0; c < t->n_columns; c++) {
		buf_addstr(&t->bytes, r->field[c]);
		buf_putc(&t->bytes, 0);
	}
	return at;
}

int table_add(struct table *t, const struct row *r, struct err *e)
{
	if (t->n >= UINT32_MAX - 1)
		return err_data(e, "more than 4,294,967,294 rows do not fit in memory");
	if (t->n == t->capacity) {
		size_t capacity = mem_grow(t->capacity, t->n + 1);
		t->start = mem_resize(t->start, t->n, capacity, sizeof *t->start);
		t->capacity = capacity;
	}
	t->start[t->n] = pack(t, r);
	t->n++;
	return 0;
}

static int read_row(struct table *t, struct idmap *ids, struct csv *csv, const struct csv_row *raw, size_t key,
		    struct str *field, struct err *e)
{
	struct str id = raw->field[key], name = csv_header(csv, &t->n_columns)[key];
	struct row r = { .field = field, .n = raw->n, .line = raw->line };
	if (!id.n)
		return err_at_line(e, csv_name(csv), raw->line, "the %.*s is blank", (int)name.n, name.p);
	if (idmap_add(ids, id) != t->n)
		return err_at_line(e, csv_name(csv), raw->line, "%.*s \"%.*s\" is there twice", (int)name.n, name.p, (int)id.n,
				   id.p);
	memcpy(field, raw->field, raw->n * sizeof *field);
	return table_add(t, &r, e);
}

int table_read(struct table *t, struct idmap *ids, struct csv *csv, size_t key, struct err *e)
{
	size_t n;
	csv_header(csv, &n);
	struct str *field = MEM_NEW(n, struct str);
	struct csv_row raw;
	int rc;
	table_init(t, n);
	while ((rc = csv_next(csv, &raw, e)) > 0) {
		rc = read_row(t, ids, csv, &raw, key, field, e);
		if (rc)
			break;
	}
	mem_free(field);
	return rc;
}

void table_row(struct table *t, size_t i, struct row *out)
{
	const char *p = t->bytes.data + t->start[i];
	struct head h;
	memcpy(&h, p, sizeof h);
	const char *lengths = p + sizeof h;
	p = lengths + t->n_columns * sizeof(uint32_t);
	for (size_t c = 0; c < t->n_columns; c++) {
		uint32_t n;
		memcpy(&n, lengths + c * sizeof n, sizeof n);
		out->field[c] = (struct str){ p, n };
		p += n + 1;
	}
	out->n = t->n_columns;
	out->line = h.line;
	out->input = h.input;
	out->memory = &t->memory;
}

struct str table_field(const struct table *t, size_t i, size_t c)
{
	const char *lengths = t->bytes.data + t->start[i] + sizeof(struct head);
	const char *p = lengths + t->n_columns * sizeof(uint32_t);
	uint32_t n;
	for (size_t k = 0; k < c; k++) {
		memcpy(&n, lengths + k * sizeof n, sizeof n);
		p += n + 1;
	}
	memcpy(&n, lengths + c * sizeof n, sizeof n);
	return (struct str){ p, n };
}

void table_set(struct table *t, size_t i, size_t c, struct str text)
{
	struct str *field = MEM_NEW(t->n_columns, struct str);
	struct row r = { .field = field };
	table_row(t, i, &r);
	size_t need = text.n + sizeof(struct head) + t->n_columns * (sizeof(uint32_t) + 1);
	for (size_t k = 0; k < t->n_columns; k++)
		need += field[k].n;
	buf_reserve(&t->bytes, need); /* before the fields are looked at again: they point into the bytes */
	table_row(t, i, &r);
	field[c] = text;
	t->start[i] = pack(t, &r);
	mem_free(field);
}

uint32_t *table_ids(const struct table *t, size_t c, struct idmap *m)
{
	uint32_t *id = MEM_NEW(t->n, uint32_t);
	for (size_t i = 0; i < t->n; i++)
		id[i] = idmap_add(m, table_field(t, i, c));
	return id;
}

double *table_numbers(const struct table *t, size_t c, const char *column, const char *const *input_name, struct err *e)
{
	double *v = MEM_NEW(t->n, double);
	for (size_t i = 0; i < t->n; i++) {
		struct str s = table_field(t, i, c);
		v[i] = NAN;
		if (!s.n || num_parse_f64(s, &v[i]))
			continue;
		struct head h;
		memcpy(&h, t->bytes.data + t->start[i], sizeof h);
		err_at_line(e, input_name[h.input], h.line, "%s \"%.*s\" is not a number", column, (int)s.n, s.p);
		mem_free(v);
		return NULL;
	}
	return v;
}

struct keyed {
	double key;
	uint32_t row;
};

static int keyed_cmp(const void *pa, const void *pb)
{
	const struct keyed *a = pa, *b = pb;
	if (isnan(a->key) != isnan(b->key))
		return isnan(a->key) ? 1 : -1;
	if (a->key != b->key && !isnan(a->key))
		return a->key < b->key ? -1 : 1;
	return a->row < b->row ? -1 : a->row > b->row;
}

uint32_t *table_order(const double *key, size_t n)
{
	struct keyed *k = MEM_NEW(n, struct keyed);
	uint32_t *order = MEM_NEW(n, uint32_t);
	for (size_t i = 0; i < n; i++)
		k[i] = (struct keyed){ key[i], (uint32_t)i };
	if (n)
		qsort(k, n, sizeof *k, keyed_cmp);
	for (size_t i = 0; i < n; i++)
		order[i] = k[i].row;
	mem_free(k);
	return order;
}
