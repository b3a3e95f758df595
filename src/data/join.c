/* join.c: see join.h. */
#include "data/join.h"
#include "data/table.h"
#include "io/csv.h"

#include <string.h>

/* "PATH:on=NAME[,columns=A+B]"; a path may hold ':', so the last ":on=" counts. */
static int parse_spec(struct join *j, const char *spec, struct err *e)
{
	j->text = mem_strdup(spec);
	char *at = NULL;
	for (char *p = strstr(j->text, ":on="); p; p = strstr(p + 1, ":on="))
		at = p;
	if (!at)
		return err_usage(e, "--join takes FILE:on=COLUMN[,columns=A+B], not \"%s\"", spec);
	*at = 0;
	j->path = j->text;
	j->on = at + 4;
	char *more = strchr(at + 4, ',');
	if (!more)
		return 0;
	*more++ = 0;
	if (strncmp(more, "columns=", 8))
		return err_usage(e, "--join takes FILE:on=COLUMN[,columns=A+B], not \"%s\"", spec);
	j->list = more + 8;
	return 0;
}

/* The columns to take, by their place in the file, and their names at the end of the rows'. */
static int choose(struct join *j, const struct csv *csv, struct header *columns, struct err *e)
{
	size_t n;
	const struct str *header = csv_header(csv, &n);
	struct header own = HEADER_INIT;
	int rc = 0;
	for (size_t c = 0; !rc && c < n; c++)
		rc = header_add(&own, header[c], e);
	size_t key;
	rc = rc ? rc : header_need(&own, str_of(j->on), &key, e);
	if (!rc && j->list)
		rc = header_need_list(&own, j->list, &j->column, &j->n_columns, e);
	if (!rc && !j->list) {
		j->column = MEM_NEW(n, size_t);
		for (size_t c = 0; c < n; c++)
			if (c != key)
				j->column[j->n_columns++] = c;
	}
	for (size_t k = 0; !rc && k < j->n_columns; k++)
		rc = header_add(columns, header[j->column[k]], e);
	header_release(&own);
	return rc ? err_prefix(e, "--join %s", j->path) : 0;
}

int join_open(struct join *j, const char *spec, struct header *columns, struct err *e)
{
	struct csv_format format = CSV_FORMAT_DEFAULT;
	struct csv *csv = NULL;
	*j = (struct join){ .table = MEM_ZNEW(1, struct table), .ids = MEM_ZNEW(1, struct idmap) };
	int rc = parse_spec(j, spec, e);
	rc = rc ? rc : header_need(columns, str_of(j->on), &j->key, e);
	rc = rc ? rc : csv_open(&csv, j->path, &format, e);
	if (rc)
		return rc;
	rc = choose(j, csv, columns, e);
	rc = rc ? rc : table_read(j->table, j->ids, csv, (size_t)csv_column(csv, j->on), e);
	csv_close(csv);
	j->field = MEM_NEW(columns->n, struct str);
	return rc;
}

int join_row(void *context, struct row *row, struct err *e)
{
	struct join *j = context;
	struct row out = *row;
	out.field = j->field;
	memcpy(out.field, row->field, row->n * sizeof *row->field);
	uint32_t at = idmap_find(j->ids, row->field[j->key]);
	j->n_found += at != IDMAP_NONE;
	j->n_missing += at == IDMAP_NONE;
	for (size_t k = 0; k < j->n_columns; k++)
		out.field[out.n++] = at == IDMAP_NONE ? STR("") : table_field(j->table, at, j->column[k]);
	return j->to(j->to_context, &out, e);
}

void join_release(struct join *j)
{
	if (j->table)
		table_release(j->table);
	if (j->ids)
		idmap_release(j->ids);
	mem_free(j->table);
	mem_free(j->ids);
	mem_free(j->column);
	mem_free(j->field);
	mem_free(j->text);
	*j = (struct join){ 0 };
}
