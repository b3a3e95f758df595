/* params.c: see params.h. */
#include "model/params.h"
#include "base/mem.h"
#include "base/rng.h"

#include <math.h>
#include <string.h>

static void **array_of(const struct model *m, const struct param *p)
{
	return (void **)(void *)((char *)m->state + p->offset);
}

static size_t width_of(const struct model *m, const struct param *p)
{
	return p->width ? p->width(m) : 1;
}

static size_t rows_of(const struct model *m, const struct param *p, size_t n_users, size_t n_items)
{
	if (p->rows == PARAM_LAYERS)
		return m->class->n_layers(m);
	return p->rows == PARAM_USERS ? n_users : p->rows == PARAM_ITEMS ? n_items : 1;
}

static bool absent(const struct model *m, const struct param *p)
{
	return width_of(m, p) == 0;
}

static size_t count_of(const struct model *m, const struct param *p)
{
	size_t n;
	if (__builtin_mul_overflow(rows_of(m, p, m->users.n, m->items.n), width_of(m, p), &n))
		__builtin_trap(); /* ids are in memory, widths have ranges: not reached on a 64-bit machine */
	return n;
}

uint64_t params_shape(const struct model *m)
{
	uint64_t shape = 0;
	for (size_t i = 0; i < m->class->n_params; i++) {
		const struct param *p = &m->class->params[i];
		shape = rng_mix(shape ^ rows_of(m, p, m->users.n, m->items.n)) ^ rng_mix(i + width_of(m, p));
	}
	return shape;
}

static void start_row(const struct model *m, const struct param *p, size_t row)
{
	size_t width = width_of(m, p);
	double spread = p->spread ? p->spread(m) : 0;
	struct rng r;
	rng_init(&r, m->seed, ((uint64_t)(p - m->class->params) << 40) + row);
	for (size_t k = row * width; k < (row + 1) * width; k++) {
		double x = spread > 0 ? spread * rng_normal(&r) : 0;
		if (p->dtype == DT_F32)
			((float *)*array_of(m, p))[k] = (float)x;
		else
			((double *)*array_of(m, p))[k] = x;
	}
}

void params_grow(struct model *m, size_t n_old_users, size_t n_old_items)
{
	for (size_t i = 0; i < m->class->n_params; i++) {
		const struct param *p = &m->class->params[i];
		if (absent(m, p))
			continue;
		size_t width = width_of(m, p), n_old = *array_of(m, p) ? rows_of(m, p, n_old_users, n_old_items) : 0;
		size_t n = rows_of(m, p, m->users.n, m->items.n);
		*array_of(m, p) = mem_resize(*array_of(m, p), n_old * width, count_of(m, p), dtype_bytes(p->dtype));
		for (size_t row = n_old; row < n; row++)
			start_row(m, p, row);
	}
}

void params_alloc(struct model *m)
{
	params_grow(m, 0, 0);
}

void params_release(struct model *m)
{
	for (size_t i = 0; i < m->class->n_params; i++) {
		mem_free(*array_of(m, &m->class->params[i]));
		*array_of(m, &m->class->params[i]) = NULL;
	}
}

static size_t shape_of(const struct model *m, const struct param *p, size_t dims[2])
{
	dims[0] = rows_of(m, p, m->users.n, m->items.n);
	dims[1] = width_of(m, p);
	return p->width ? 2 : 1;
}

void params_save(const struct model *m, struct tensor_writer *w)
{
	for (size_t i = 0; i < m->class->n_params; i++) {
		const struct param *p = &m->class->params[i];
		size_t dims[2], n_dims = shape_of(m, p, dims);
		if (!absent(m, p))
			tensor_writer_add(w, p->name, p->dtype, n_dims, dims, *array_of(m, p));
	}
}

static bool all_finite(const void *v, size_t n, enum dtype dtype)
{
	bool ok = true;
	for (size_t i = 0; i < n && dtype == DT_F32; i++)
		ok &= isfinite(((const float *)v)[i]) != 0;
	for (size_t i = 0; i < n && dtype == DT_F64; i++)
		ok &= isfinite(((const double *)v)[i]) != 0;
	return ok;
}

int params_load(struct model *m, const struct tensorfile *t, struct err *e)
{
	for (size_t i = 0; i < m->class->n_params; i++) {
		const struct param *p = &m->class->params[i];
		const struct tensor *from;
		size_t dims[2], n_dims = shape_of(m, p, dims);
		if (absent(m, p))
			continue;
		int rc = tensorfile_need(t, p->name, p->dtype, n_dims, dims, &from, e);
		if (rc)
			return rc;
		mem_free(*array_of(m, p));
		*array_of(m, p) = mem_dup(from->data, from->n_bytes);
		if (!all_finite(*array_of(m, p), count_of(m, p), p->dtype))
			return err_data(e, "%s: tensor \"%s\" holds what is not a finite number", tensorfile_name(t), p->name);
	}
	return 0;
}

bool params_finite(const struct model *m)
{
	bool ok = true;
	for (size_t i = 0; i < m->class->n_params; i++) {
		const struct param *p = &m->class->params[i];
		ok &= all_finite(*array_of(m, p), count_of(m, p), p->dtype);
	}
	return ok;
}

struct params_copy {
	size_t n;
	void *array[];
};

struct params_copy *params_copy_new(const struct model *m)
{
	size_t n = m->class->n_params;
	struct params_copy *c = mem_zalloc(1, sizeof *c + n * sizeof *c->array);
	c->n = n;
	for (size_t i = 0; i < n; i++)
		c->array[i] = mem_alloc(count_of(m, &m->class->params[i]), dtype_bytes(m->class->params[i].dtype));
	return c;
}

void params_copy_keep(struct params_copy *c, const struct model *m)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct param *p = &m->class->params[i];
		if (!absent(m, p))
			memcpy(c->array[i], *array_of(m, p), count_of(m, p) * dtype_bytes(p->dtype));
	}
}

void params_copy_restore(const struct params_copy *c, struct model *m)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct param *p = &m->class->params[i];
		if (!absent(m, p))
			memcpy(*array_of(m, p), c->array[i], count_of(m, p) * dtype_bytes(p->dtype));
	}
}

static void swap_bytes(unsigned char *restrict a, unsigned char *restrict b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char x = a[i];
		a[i] = b[i];
		b[i] = x;
	}
}

void params_copy_swap(struct params_copy *c, struct model *m)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct param *p = &m->class->params[i];
		if (!absent(m, p))
			swap_bytes(c->array[i], *array_of(m, p), count_of(m, p) * dtype_bytes(p->dtype));
	}
}

static void blend(void *to, const void *from, size_t n, enum dtype dtype, double weight)
{
	for (size_t i = 0; i < n && dtype == DT_F32; i++)
		((float *)to)[i] += (float)weight * (((const float *)from)[i] - ((float *)to)[i]);
	for (size_t i = 0; i < n && dtype == DT_F64; i++)
		((double *)to)[i] += weight * (((const double *)from)[i] - ((double *)to)[i]);
}

void params_copy_blend(struct params_copy *c, const struct model *m, double weight)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct param *p = &m->class->params[i];
		if (!absent(m, p))
			blend(c->array[i], *array_of(m, p), count_of(m, p), p->dtype, weight);
	}
}

void params_copy_free(struct params_copy *c)
{
	for (size_t i = 0; c && i < c->n; i++)
		mem_free(c->array[i]);
	mem_free(c);
}

void params_arrays(const struct model *m, struct arrays *a)
{
	for (size_t i = 0; i < m->class->n_params; i++) {
		const struct param *p = &m->class->params[i];
		arrays_add(a, p->name, p->dtype, count_of(m, p), *array_of(m, p));
	}
}

void params_copy_arrays(const struct params_copy *c, const struct model *m, struct arrays *a)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct param *p = &m->class->params[i];
		arrays_add(a, p->name, p->dtype, count_of(m, p), c->array[i]);
	}
}
