/* parts.c: see parts.h. */
#include "data/parts.h"
#include "io/csv.h"
#include "io/path.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

int parts_open(struct parts *p, const char *spec, const struct header *columns, struct err *e)
{
	*p = (struct parts){ .columns = columns };
	size_t column;
	int rc = part_spec_parse(splits, n_splits, "split", spec, &p->spec, e);
	if (!rc && ((const struct split_class *)p->spec.part)->sized)
		rc = split_sizes_check(p->spec.options, e);
	if (!rc)
		rc = header_need(columns, STR("user"), &column, e);
	if (!rc)
		rc = header_need(columns, STR("item"), &column, e);
	table_init(&p->table, columns->n);
	return rc;
}

void parts_release(struct parts *p)
{
	table_release(&p->table);
	part_spec_release(&p->spec);
	for (size_t i = 0; i < p->n_leaks; i++)
		mem_free(p->leak[i].name);
	mem_free(p->leak);
}

/* ---- the rows as numbers ---- */

struct numbers {
	struct split_rows rows;
	struct idmap users, items;
	uint32_t *user, *item;
	double *time_s;
};

static int take_times(struct numbers *n, const struct header *c, const struct table *t, const char *const *input_name,
		      struct err *e)
{
	ptrdiff_t column = header_find(c, STR("time"));
	n->rows.timed = column >= 0;
	if (column >= 0) {
		n->time_s = table_numbers(t, (size_t)column, "time", input_name, e);
		return n->time_s ? 0 : e->code;
	}
	n->time_s = MEM_NEW(t->n, double);
	for (size_t i = 0; i < t->n; i++)
		n->time_s[i] = (double)i;
	return 0;
}

static int numbers_of(struct numbers *n, struct parts *p, size_t n_inputs, const char *const *input_name, uint64_t seed,
		      struct err *e)
{
	const struct header *c = p->columns;
	*n = (struct numbers){ .users = IDMAP_INIT, .items = IDMAP_INIT };
	n->user = table_ids(&p->table, (size_t)header_find(c, STR("user")), &n->users);
	n->item = table_ids(&p->table, (size_t)header_find(c, STR("item")), &n->items);
	int rc = take_times(n, c, &p->table, input_name, e);
	n->rows = (struct split_rows){ p->table.n, n->users.n, n->items.n, n->user,  n->item, n->time_s, n->rows.timed,
				       &p->table,  c,	       n_inputs,   seed };
	return rc;
}

static void numbers_release(struct numbers *n)
{
	idmap_release(&n->users);
	idmap_release(&n->items);
	mem_free(n->user);
	mem_free(n->item);
	mem_free(n->time_s);
}

/* ---- writing ---- */

struct files {
	struct out **out;
	size_t n;
	const char *const *input_name;
	size_t n_inputs;
};

static int write_part(struct parts *p, struct out *out, const bool *in, struct err *e)
{
	struct buf text = BUF_INIT;
	struct row row = { .field = MEM_NEW(p->table.n_columns, struct str) };
	for (size_t c = 0; c < p->columns->n; c++)
		csv_put_field(&text, str_of(p->columns->name[c]), c == 0);
	buf_putc(&text, '\n');
	int rc = 0;
	for (size_t i = 0; !rc && i < p->table.n; i++) {
		if (!in[i])
			continue;
		table_row(&p->table, i, &row);
		csv_put_row(&text, row.field, row.n);
		if (text.n < 1 << 16)
			continue;
		rc = out_write(out, text.data, text.n, e);
		buf_clear(&text);
	}
	if (!rc)
		rc = out_write(out, text.data, text.n, e);
	mem_free(row.field);
	buf_release(&text);
	return rc;
}

/* The rows of one file, which gets its name only when all files are complete. */
static int add_file(struct parts *p, struct files *f, const char *dir, const char *name, const bool *in, struct err *e)
{
	char *path = mem_printf("%s/%s.csv", dir, name);
	int rc = 0;
	for (size_t i = 0; !rc && i < f->n_inputs; i++)
		if (path_same_file(f->input_name[i], path))
			rc = err_usage(e, "%s is to be read and to be written: name another folder", f->input_name[i]);
	f->out = mem_resize(f->out, f->n, f->n + 1, sizeof *f->out);
	if (!rc)
		rc = out_open(&f->out[f->n], path, e);
	mem_free(path);
	if (rc)
		return rc;
	f->n++;
	return write_part(p, f->out[f->n - 1], in, e);
}

static int files_end(struct files *f, int rc, struct err *e)
{
	for (size_t i = 0; i < f->n; i++)
		if (rc)
			out_abandon(f->out[i]);
		else
			rc = out_commit(f->out[i], e);
	mem_free(f->out);
	return rc;
}

static void add_leak(struct parts *p, const struct split_rows *rows, const char *name, const bool *train,
		     const bool *other)
{
	p->leak = mem_resize(p->leak, p->n_leaks, p->n_leaks + 1, sizeof *p->leak);
	p->leak[p->n_leaks++] = (struct part_leak){ mem_strdup(name), leakage_between(rows, train, other) };
}

/* in[i]: whether row i's part is (or is not) this one; how many there are. */
static size_t select_rows(const uint32_t *part, size_t n, uint32_t which, bool equal, bool *in)
{
	size_t count = 0;
	for (size_t i = 0; i < n; i++)
		count += in[i] = (part[i] == which) == equal;
	return count;
}

static int write_named(struct parts *p, struct files *f, const char *dir, const struct split_rows *r,
		       const uint32_t *part, bool *train, bool *in, struct err *e)
{
	static const char *const name[] = { "train", "valid", "test" };
	select_rows(part, r->n, PART_TRAIN, true, train);
	int rc = add_file(p, f, dir, name[0], train, e);
	for (uint32_t k = PART_VALID; !rc && k <= PART_TEST; k++) {
		if (!select_rows(part, r->n, k, true, in))
			continue;
		add_leak(p, r, name[k], train, in);
		rc = add_file(p, f, dir, name[k], in, e);
	}
	return rc;
}

static int write_folds(struct parts *p, struct files *f, const char *dir, const struct split_rows *r,
		       const uint32_t *part, size_t n_folds, bool *train, bool *in, struct err *e)
{
	int rc = 0;
	for (uint32_t k = 0; !rc && k < n_folds; k++) {
		char name[64];
		if (!select_rows(part, r->n, k, true, in))
			continue;
		select_rows(part, r->n, k, false, train);
		snprintf(name, sizeof name, "fold%u.train", k + 1);
		rc = add_file(p, f, dir, name, train, e);
		snprintf(name, sizeof name, "fold%u.test", k + 1);
		if (!rc)
			rc = add_file(p, f, dir, name, in, e);
		name[strcspn(name, ".")] = 0;
		add_leak(p, r, name, train, in);
	}
	return rc;
}

int parts_write(struct parts *p, const char *dir, size_t n_inputs, const char *const *input_name, uint64_t seed,
		struct log *log, struct err *e)
{
	const struct split_class *class = (const struct split_class *)p->spec.part;
	struct numbers n;
	struct files files = { NULL, 0, input_name, n_inputs };
	uint32_t *part = MEM_ZNEW(p->table.n, uint32_t);
	bool *train = MEM_NEW(p->table.n, bool), *in = MEM_NEW(p->table.n, bool);
	size_t n_folds = 0;
	int rc = numbers_of(&n, p, n_inputs, input_name, seed, e);
	if (!rc && class->uses_time && !n.rows.timed)
		log_warn(log, "there is no column time: split %s goes by the order of the rows", class->part.name);
	if (!rc)
		rc = class->assign(p->spec.options, &n.rows, part, &n_folds, e);
	if (!rc && mkdir(dir, 0777) != 0 && errno != EEXIST)
		rc = err_system(e, "cannot make the folder %s", dir);
	if (!rc && n_folds)
		rc = write_folds(p, &files, dir, &n.rows, part, n_folds, train, in, e);
	else if (!rc)
		rc = write_named(p, &files, dir, &n.rows, part, train, in, e);
	rc = files_end(&files, rc, e);
	numbers_release(&n);
	mem_free(part);
	mem_free(train);
	mem_free(in);
	return rc;
}
