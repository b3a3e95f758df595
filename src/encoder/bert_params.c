/* bert_params.c: see bert_params.h. */
#include "encoder/bert_params.h"
#include "base/mem.h"
#include "encoder/bert_tensors.h"
#include "io/folder.h"

#include <math.h>

struct bert_shape bert_shape_of(const struct bert_config *c)
{
	const struct bert_info *i = &c->info;
	return (struct bert_shape){ .V = i->vocab_size, .P = c->position_rows, .S = i->n_types, .d = i->width,
				    .inner = i->ffn_width, .H = i->n_heads, .L = i->n_layers, .offset = c->position_offset,
				    .act = c->activation, .eps = i->norm_eps };
}

/* What arrays are called in a file; those of a layer part by part. */
static const struct table {
	const char *name;
	enum bert_array array;
} tables[] = { { BERT_NAME_WORDS, BERT_WORDS }, { BERT_NAME_POSITIONS, BERT_POSITIONS }, { BERT_NAME_TYPES, BERT_TYPES } };
static const struct part_of {
	enum bert_part part;
	enum bert_array w, bias;  /* a norm has no bias of its own: its vectors lie one behind the other */
	size_t nth;               /* of the squares that lie under each other in w */
} parts[] = {
	{ BERT_PART_QUERY, BERT_QKV, BERT_QKV_BIAS, 0 }, { BERT_PART_KEY, BERT_QKV, BERT_QKV_BIAS, 1 },
	{ BERT_PART_VALUE, BERT_QKV, BERT_QKV_BIAS, 2 }, { BERT_PART_OUT, BERT_OUT, BERT_OUT_BIAS, 0 },
	{ BERT_PART_UP, BERT_UP, BERT_UP_BIAS, 0 },      { BERT_PART_DOWN, BERT_DOWN, BERT_DOWN_BIAS, 0 },
	{ BERT_PART_NORM1, BERT_NORM1, BERT_NORM1, 0 },  { BERT_PART_NORM2, BERT_NORM2, BERT_NORM2, 0 },
};
enum { TABLES = sizeof tables / sizeof *tables, PARTS = sizeof parts / sizeof *parts };

/* A part of a layer as it lies in the arrays: [rows, columns] at w; a norm has no columns. */
struct place {
	char name[BERT_NAME_BYTES];
	size_t rows, columns;
	float *w, *bias;
};

static struct place place_of(const struct bert_config *c, const struct bert_shape *s, float *const w[BERT_ARRAYS], size_t layer,
			     const struct part_of *p)
{
	struct place x = { .rows = p->w == BERT_UP ? s->inner : s->d };
	bert_part_name(c, layer, p->part, x.name);
	x.w = w[p->w] + layer * bert_array_width(s, p->w);
	if (p->w == p->bias) {
		x.bias = x.w + s->d;
		return x;
	}
	x.columns = p->w == BERT_DOWN ? s->inner : s->d;
	x.w += p->nth * x.rows * x.columns;
	x.bias = w[p->bias] + layer * bert_array_width(s, p->bias) + p->nth * x.rows;
	return x;
}

/* ---- reading ---- */

struct reader {
	struct bert_tensors tensors;
	const struct bert_shape *s;
	struct err *e;
};

MUST_CHECK static int check_finite(const struct reader *r, const char *name, size_t n, const float *x)
{
	for (size_t i = 0; i < n; i++)
		if (!isfinite(x[i]))
			return err_data(r->e, "%s: tensor \"%s\" holds what is not a finite number", tensorfile_name(r->tensors.file),
					name);
	return 0;
}

MUST_CHECK static int read_matrix(struct reader *r, const char *name, size_t rows, size_t columns, float *w)
{
	const struct tensor *t = NULL;
	int rc = bert_tensors_matrix(&r->tensors, name, rows, columns, &t, r->e);
	if (rc)
		return rc;
	for (size_t i = 0; i < rows; i++)
		bert_tensor_row(t, i, w + i * columns);
	return check_finite(r, name, rows * columns, w);
}

MUST_CHECK static int read_norm(struct reader *r, const char *name, float *w)
{
	size_t d = r->s->d;
	int rc = bert_tensors_norm(&r->tensors, name, w, w + d, r->e);
	return rc ? rc : check_finite(r, name, 2 * d, w);
}

MUST_CHECK static int read_part(struct reader *r, const struct place *x)
{
	if (!x->columns)
		return read_norm(r, x->name, x->w);
	int rc = read_matrix(r, x->name, x->rows, x->columns, x->w);
	if (!rc)
		rc = bert_tensors_bias(&r->tensors, x->name, x->rows, x->bias, r->e);
	return rc ? rc : check_finite(r, x->name, x->rows, x->bias);
}

int bert_params_read(const struct bert_config *c, const char *dir, float *const w[BERT_ARRAYS], struct err *e)
{
	struct bert_shape s = bert_shape_of(c);
	struct reader r = { .s = &s, .e = e };
	int rc = bert_tensors_open(&r.tensors, c, dir, e);
	for (size_t i = 0; i < TABLES && !rc; i++) {
		size_t n = bert_array_width(&s, tables[i].array);
		rc = n ? read_matrix(&r, tables[i].name, n / s.d, s.d, w[tables[i].array]) : 0;
	}
	if (!rc)
		rc = read_norm(&r, BERT_NAME_NORM, w[BERT_NORM]);
	for (size_t l = 0; l < s.L && !rc; l++)
		for (size_t i = 0; i < PARTS && !rc; i++) {
			struct place x = place_of(c, &s, w, l, &parts[i]);
			rc = read_part(&r, &x);
		}
	bert_tensors_close(&r.tensors);
	return rc;
}

/* ---- writing ---- */

struct writer {
	struct tensor_writer *out;
	const char *prefix;
};

static void add(const struct writer *w, const char *base, const char *kind, size_t rows, size_t columns, const float *x)
{
	char *name = mem_printf("%s%s.%s", w->prefix, base, kind);
	tensor_writer_add(w->out, name, DT_F32, columns ? 2 : 1, (size_t[]){ rows, columns }, x);
	mem_free(name);
}

static int write_weights(const struct bert_config *c, float *const w[BERT_ARRAYS], const struct bert_beside *beside,
			 const char *path, struct err *e)
{
	struct bert_shape s = bert_shape_of(c);
	struct writer out = { tensor_writer_new("pt", 1, 0), /* what Transformers asks "format" to be */
			      beside ? beside->prefix : "" };
	for (size_t i = 0; i < TABLES; i++)
		if (bert_array_width(&s, tables[i].array))
			add(&out, tables[i].name, "weight", bert_array_width(&s, tables[i].array) / s.d, s.d, w[tables[i].array]);
	add(&out, BERT_NAME_NORM, "weight", s.d, 0, w[BERT_NORM]);
	add(&out, BERT_NAME_NORM, "bias", s.d, 0, w[BERT_NORM] + s.d);
	for (size_t l = 0; l < s.L; l++)
		for (size_t i = 0; i < PARTS; i++) {
			struct place x = place_of(c, &s, w, l, &parts[i]);
			add(&out, x.name, "weight", x.rows, x.columns, x.w);
			add(&out, x.name, "bias", x.rows, 0, x.bias);
		}
	for (size_t i = 0; beside && i < beside->n; i++) {
		const struct tensor *t = &beside->tensor[i];
		tensor_writer_add(out.out, t->name, t->dtype, t->n_dims, t->dim, t->data);
	}
	int rc = tensor_writer_write(out.out, path, e);
	tensor_writer_free(out.out);
	return rc;
}

int bert_params_export(const struct bert_config *c, float *const w[BERT_ARRAYS], const struct bert_beside *beside,
		       const struct folder *files, const char *dir, struct err *e)
{
	char *path = mem_printf("%s/model.safetensors", dir);
	int rc = folder_make(dir, e);
	if (!rc)
		rc = write_weights(c, w, beside, path, e);
	if (!rc)
		rc = folder_write(files, dir, e);
	mem_free(path);
	return rc;
}
