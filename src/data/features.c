/* features.c: see features.h. */
#include "data/features.h"
#include "base/numbers.h"
#include "io/tensorfile.h"

#include <math.h>
#include <string.h>

#define SEPARATOR '\x1f' /* between the names of a column and its value: no text holds it */
enum { MOST_CODES = 32 }; /* whole numbers with at most so many different values, that repeat, are codes */
#define MOST_NUMBER 10.0 /* so many deviations from the mean at most */
static const char *const type_names[] = { "number", "category", "tags" };

/* ---- the table ---- */

int feature_table_open(struct feature_table *t, const char *path, const char *id, struct err *e)
{
	struct csv_format format = CSV_FORMAT_DEFAULT;
	struct csv *csv = NULL;
	*t = (struct feature_table){ .path = mem_strdup(path) };
	int rc = csv_open(&csv, path, &format, e);
	if (rc)
		return rc;
	size_t n;
	const struct str *header = csv_header(csv, &n);
	for (size_t c = 0; !rc && c < n; c++)
		rc = header_add(&t->columns, header[c], e);
	ptrdiff_t at = -1;
	if (!rc)
		rc = csv_need(csv, id, &at, e);
	t->id_column = at < 0 ? 0 : (size_t)at;
	if (!rc)
		rc = table_read(&t->rows, &t->ids, csv, t->id_column, e);
	csv_close(csv);
	return rc;
}

void feature_table_close(struct feature_table *t)
{
	mem_free(t->path);
	header_release(&t->columns);
	idmap_release(&t->ids);
	table_release(&t->rows);
	*t = (struct feature_table){ 0 };
}

void features_release(struct features *f)
{
	idmap_release(&f->columns);
	idmap_release(&f->values);
	mem_free(f->type);
	mem_free(f->scale);
	mem_free(f->start);
	mem_free(f->value);
	mem_free(f->weight);
	*f = (struct features){ 0 };
}

/* ---- columns and their types ---- */

/* What the values of a column look like. */
struct look {
	size_t n, n_distinct, n_odd; /* values that are not empty; those of them that are no numbers */
	struct str odd;              /* the first of these */
	bool whole, tags;
};

static struct look look_at(const struct feature_table *t, size_t c)
{
	struct idmap distinct = IDMAP_INIT;
	struct look l = { .whole = true };
	for (size_t i = 0; i < t->rows.n; i++) {
		struct str s = table_field(&t->rows, i, c);
		double x = 0;
		if (!s.n)
			continue;
		l.n++;
		if (!num_parse_f64(s, &x) && l.n_odd++ == 0)
			l.odd = s;
		l.whole &= x == floor(x);
		l.tags |= memchr(s.p, '|', s.n) != NULL;
		(void)idmap_add(&distinct, s);
	}
	l.n_distinct = distinct.n;
	idmap_release(&distinct);
	return l;
}

/* A type, or -1 for text. */
static int type_of(const struct look *l)
{
	bool repeats = 2 * l->n_distinct <= l->n;
	if (!l->n_odd && l->n && !(l->whole && repeats && l->n_distinct <= MOST_CODES))
		return FEATURE_NUMBER;
	return l->tags ? FEATURE_TAGS : repeats ? FEATURE_CATEGORY : -1;
}

static int parse_type(struct str text, int *type, struct err *e)
{
	for (*type = 0; *type < 3; ++*type)
		if (str_eq(text, str_of(type_names[*type])))
			return 0;
	return err_usage(e, "there is no type \"%.*s\" of a column; there are: number, category, tags", (int)text.n, text.p);
}

static int add_column(struct features *f, const struct feature_table *t, size_t c, int type, struct log *log,
		      struct err *e)
{
	struct str name = str_of(t->columns.name[c]);
	if (memchr(name.p, SEPARATOR, name.n))
		return err_data(e, "%s: the name of column %zu holds a separator of units (U+001F)", t->path, c + 1);
	size_t at = f->columns.n;
	if (idmap_add(&f->columns, name) != at)
		return err_usage(e, "column \"%.*s\" is named twice", (int)name.n, name.p);
	f->type = mem_resize(f->type, at, at + 1, sizeof *f->type);
	f->type[at] = (unsigned char)type;
	f->n_numbers += type == FEATURE_NUMBER;
	log_say(log, "%s: column %.*s: %s", t->path, (int)name.n, name.p, type_names[type]);
	return 0;
}

/* Tells what is left out and why; false: it has a type. */
static bool left_out(const struct feature_table *t, size_t c, const struct look *l, struct log *log)
{
	const char *name = t->columns.name[c];
	if (l->n == 0)
		log_say(log, "%s: column %s left out: empty", t->path, name);
	else if (type_of(l) < 0 && 2 * l->n_odd < l->n)
		log_say(log, "%s: column %s left out: %zu of its %zu values are no numbers, as \"%.*s\"", t->path, name, l->n_odd, l->n,
			(int)l->odd.n, l->odd.p);
	else if (type_of(l) < 0)
		log_say(log, "%s: column %s left out: text", t->path, name);
	return l->n == 0 || type_of(l) < 0;
}

static int add_all(struct features *f, const struct feature_table *t, struct log *log, struct err *e)
{
	int rc = 0;
	for (size_t c = 0; !rc && c < t->columns.n; c++) {
		struct look l = look_at(t, c);
		if (c != t->id_column && !left_out(t, c, &l, log))
			rc = add_column(f, t, c, type_of(&l), log, e);
	}
	return rc;
}

/* "genres:tags"; without a type text becomes a category, since it was asked for. */
static int add_wanted(struct features *f, const struct feature_table *t, struct str word, struct log *log, struct err *e)
{
	struct str type_text = word, name = str_cut(&type_text, ':');
	size_t c;
	int type, rc = header_need(&t->columns, name, &c, e);
	if (rc)
		return err_prefix(e, "%s", t->path);
	struct look l = look_at(t, c);
	type = type_of(&l);
	rc = type_text.p ? parse_type(type_text, &type, e) : 0;
	return rc ? rc : add_column(f, t, c, type < 0 ? FEATURE_CATEGORY : type, log, e);
}

/* ---- values ---- */

static uint32_t value_index(struct features *f, size_t column, struct str value, struct buf *key, bool add)
{
	buf_clear(key);
	buf_addstr(key, idmap_id(&f->columns, (uint32_t)column));
	if (value.n) {
		buf_putc(key, SEPARATOR);
		buf_addstr(key, value);
	}
	return add ? idmap_add(&f->values, buf_str(key)) : idmap_find(&f->values, buf_str(key));
}

static void learn_values(struct features *f, const struct table *rows, size_t column, size_t c, struct buf *key)
{
	for (size_t i = 0; i < rows->n; i++) {
		struct str rest = table_field(rows, i, c);
		while (rest.p)
			(void)value_index(f, column, str_cut(&rest, f->type[column] == FEATURE_TAGS ? '|' : SEPARATOR), key, true);
	}
}

static int learn_scale(struct features *f, const struct feature_table *t, size_t column, size_t c, struct err *e)
{
	const char *path = t->path, *name = t->columns.name[c];
	double *x = table_numbers(&t->rows, c, name, &path, e), sum = 0, squares = 0, n = 0;
	if (!x)
		return e->code;
	for (size_t i = 0; i < t->rows.n; i++)
		if (!isnan(x[i])) {
			sum += x[i];
			n++;
		}
	double mean = n > 0 ? sum / n : 0;
	for (size_t i = 0; i < t->rows.n; i++)
		squares += isnan(x[i]) ? 0 : (x[i] - mean) * (x[i] - mean);
	mem_free(x);
	f->scale[2 * column] = (float)mean;
	f->scale[2 * column + 1] = squares > 0 ? (float)sqrt(squares / n) : 1;
	if (!isfinite(f->scale[2 * column]) || !isfinite(f->scale[2 * column + 1]) || !(f->scale[2 * column + 1] > 0))
		return err_data(e, "%s: the numbers of column \"%s\" are too large or too close", path, name);
	return 0;
}

int features_learn(struct features *f, const struct feature_table *t, const char *wanted, struct log *log, struct err *e)
{
	struct str rest = wanted ? str_of(wanted) : (struct str){ NULL, 0 };
	struct buf key = BUF_INIT;
	int rc = wanted ? 0 : add_all(f, t, log, e);
	while (!rc && rest.p)
		rc = add_wanted(f, t, str_cut(&rest, ','), log, e);
	f->scale = MEM_ZNEW(2 * f->columns.n, float);
	for (size_t k = 0; !rc && k < f->columns.n; k++)
		(void)value_index(f, k, STR(""), &key, true);
	for (size_t k = 0; !rc && k < f->columns.n; k++) {
		size_t c = (size_t)header_find(&t->columns, idmap_id(&f->columns, (uint32_t)k));
		f->scale[2 * k + 1] = 1;
		if (f->type[k] == FEATURE_NUMBER)
			rc = learn_scale(f, t, k, c, e);
		else
			learn_values(f, &t->rows, k, c, &key);
	}
	buf_release(&key);
	return rc;
}

/* ---- entities ---- */

/* Entities as they are put together. */
struct taking {
	struct features *f;
	const struct feature_table *t;
	size_t *column;       /* of the table, by column of f */
	size_t n, capacity;   /* values so far */
	struct buf key;
};

static void put(struct taking *k, uint32_t value, float weight)
{
	if (k->n == k->capacity) {
		k->capacity = mem_grow(k->capacity, k->n + 1);
		k->f->value = mem_resize(k->f->value, k->n, k->capacity, sizeof *k->f->value);
		k->f->weight = mem_resize(k->f->weight, k->n, k->capacity, sizeof *k->f->weight);
	}
	k->f->value[k->n] = value;
	k->f->weight[k->n++] = weight;
}

/* The known ones of a field's values, each once; the column's empty value where there is none. */
static void put_values(struct taking *k, size_t column, struct str field)
{
	size_t first = k->n;
	struct str rest = field;
	while (rest.p && rest.n) {
		struct str one = str_cut(&rest, k->f->type[column] == FEATURE_TAGS ? '|' : SEPARATOR);
		uint32_t value = one.n ? value_index(k->f, column, one, &k->key, false) : IDMAP_NONE;
		for (size_t i = first; i < k->n; i++)
			value = k->f->value[i] == value ? IDMAP_NONE : value;
		if (value != IDMAP_NONE)
			put(k, value, 1);
	}
	if (k->n == first)
		put(k, (uint32_t)column, 1);
	for (size_t i = first; i < k->n; i++)
		k->f->weight[i] = 1 / sqrtf((float)(k->n - first));
}

static float scaled(double x, const float scale[2])
{
	return (float)fmin(fmax((x - (double)scale[0]) / (double)scale[1], -MOST_NUMBER), MOST_NUMBER);
}

static void put_entity(struct taking *k, uint32_t row, const double *const *numbers, float *out)
{
	struct features *f = k->f;
	for (size_t c = 0; c < f->columns.n; c++) {
		bool number = f->type[c] == FEATURE_NUMBER;
		if (number && row != IDMAP_NONE && !isnan(numbers[c][row]))
			*out++ = scaled(numbers[c][row], f->scale + 2 * c);
		else if (number)
			put(k, (uint32_t)c, (*out++ = 0, 1));
		else
			put_values(k, c, row == IDMAP_NONE ? STR("") : table_field(&k->t->rows, row, k->column[c]));
	}
}

/* Where the table has each column, and the numbers of those that are. */
static int find_columns(struct taking *k, double **numbers, struct err *e)
{
	const struct feature_table *t = k->t;
	for (size_t c = 0; t && c < k->f->columns.n; c++) {
		struct str name = idmap_id(&k->f->columns, (uint32_t)c);
		ptrdiff_t at = header_find(&t->columns, name);
		const char *path = t->path;
		if (at < 0)
			return err_data(e, "%s: there is no column \"%.*s\", which the model uses", path, (int)name.n, name.p);
		k->column[c] = (size_t)at;
		if (k->f->type[c] == FEATURE_NUMBER)
			numbers[c] = table_numbers(&t->rows, (size_t)at, t->columns.name[at], &path, e);
		if (k->f->type[c] == FEATURE_NUMBER && !numbers[c])
			return e->code;
	}
	return 0;
}

int features_take(struct features *f, const struct feature_table *t, const struct idmap *ids, float *number, size_t stride,
		  struct err *e)
{
	size_t n_columns = f->columns.n, n_old = f->n, n = f->start ? (size_t)f->start[n_old] : 0;
	struct taking k = { f, t, MEM_ZNEW(n_columns, size_t), n, n, BUF_INIT };
	double **numbers = MEM_ZNEW(n_columns, double *);
	int rc = find_columns(&k, numbers, e);
	if (!rc) {
		f->start = mem_resize(f->start, f->start ? n_old + 1 : 0, ids->n + 1, sizeof *f->start);
		f->start[n_old] = n;
		for (size_t i = n_old; i < ids->n; i++) {
			uint32_t row = t ? idmap_find(&t->ids, idmap_id(ids, (uint32_t)i)) : IDMAP_NONE;
			put_entity(&k, row, (const double *const *)numbers, number + i * stride);
			f->start[i + 1] = k.n;
		}
		f->n = ids->n;
	}
	for (size_t c = 0; c < n_columns; c++)
		mem_free(numbers[c]);
	mem_free(numbers);
	mem_free(k.column);
	buf_release(&k.key);
	return rc;
}

/* ---- files ---- */

void features_save(const struct features *f, const char *prefix, struct tensor_writer *w)
{
	size_t n_starts = f->n + 1, n = (size_t)f->start[f->n];
	struct {
		const char *name;
		enum dtype dtype;
		size_t n_dims, dims[2];
		const void *data;
	} all[] = { { "types", DT_U8, 1, { f->columns.n }, f->type }, { "scale", DT_F32, 2, { f->columns.n, 2 }, f->scale },
		    { "start", DT_U64, 1, { n_starts }, f->start }, { "value", DT_U32, 1, { n }, f->value },
		    { "weight", DT_F32, 1, { n }, f->weight } };
	char *columns = mem_printf("%s.columns", prefix), *values = mem_printf("%s.values", prefix);
	idmap_save(&f->columns, columns, w);
	idmap_save(&f->values, values, w);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		char *name = mem_printf("%s.%s", prefix, all[i].name);
		tensor_writer_add(w, name, all[i].dtype, all[i].n_dims, all[i].dims, all[i].data);
		mem_free(name);
	}
	mem_free(columns);
	mem_free(values);
}

static int need(const struct tensorfile *t, const char *prefix, const char *name, enum dtype dtype, size_t n_dims,
		size_t rows, void *out, struct err *e)
{
	char *full = mem_printf("%s.%s", prefix, name);
	const struct tensor *x;
	int rc = tensorfile_need(t, full, dtype, n_dims, (size_t[]){ rows, 2 }, &x, e);
	if (!rc)
		*(void **)out = mem_dup(x->data, x->n_bytes);
	mem_free(full);
	return rc;
}

static int bad(const struct tensorfile *t, const char *prefix, const char *what, struct err *e)
{
	return err_data(e, "%s: the features \"%s\" %s", tensorfile_name(t), prefix, what);
}

static int check_values(const struct features *f, const char *prefix, const struct tensorfile *t, struct err *e)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->start[i] > f->start[i + 1])
			return bad(t, prefix, "have rows that do not ascend", e);
	for (size_t i = 0; i < (size_t)f->start[f->n]; i++)
		if (f->value[i] >= f->values.n || !isfinite(f->weight[i]))
			return bad(t, prefix, "name a value that is not there, or a weight that is not finite", e);
	return 0;
}

static int check_columns(struct features *f, const char *prefix, const struct tensorfile *t, struct err *e)
{
	struct buf key = BUF_INIT;
	int rc = 0;
	for (size_t c = 0; !rc && c < f->columns.n; c++) {
		f->n_numbers += f->type[c] == FEATURE_NUMBER;
		if (f->type[c] > FEATURE_TAGS || !isfinite(f->scale[2 * c]) || !isfinite(f->scale[2 * c + 1]) ||
		    !(f->scale[2 * c + 1] > 0))
			rc = bad(t, prefix, "have a column of no type or no scale", e);
		else if (value_index(f, c, STR(""), &key, false) != c)
			rc = bad(t, prefix, "do not begin with the empty values of the columns", e);
	}
	buf_release(&key);
	return rc;
}

int features_load(struct features *f, const char *prefix, size_t n, const struct tensorfile *t, struct err *e)
{
	char *columns = mem_printf("%s.columns", prefix), *values = mem_printf("%s.values", prefix);
	*f = (struct features){ .n = 0 };
	int rc = idmap_load(&f->columns, columns, t, e);
	if (!rc)
		rc = idmap_load(&f->values, values, t, e);
	if (!rc)
		rc = need(t, prefix, "types", DT_U8, 1, f->columns.n, &f->type, e);
	if (!rc)
		rc = need(t, prefix, "scale", DT_F32, 2, f->columns.n, &f->scale, e);
	if (!rc)
		rc = check_columns(f, prefix, t, e);
	if (!rc)
		rc = need(t, prefix, "start", DT_U64, 1, n + 1, &f->start, e);
	if (!rc && f->start[0] != 0)
		rc = bad(t, prefix, "do not begin at 0", e);
	if (!rc)
		rc = need(t, prefix, "value", DT_U32, 1, (size_t)f->start[n], &f->value, e);
	if (!rc)
		rc = need(t, prefix, "weight", DT_F32, 1, (size_t)f->start[n], &f->weight, e);
	f->n = rc ? 0 : n;
	mem_free(columns);
	mem_free(values);
	return rc ? rc : check_values(f, prefix, t, e);
}
