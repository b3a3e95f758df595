/* embeddings.c: see embeddings.h. Stored rows of f16 and int8 are widened once, at opening: what reads them computes in
 * f32. */
#include "data/embeddings.h"
#include "base/mem.h"
#include "data/idspool.h"
#include "io/spool.h"
#include "linalg/quant.h"
#include "text/hashing.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

static const char format[] = "recpipe.embeddings";

/* ---- reading ---- */

/* f32 rows from what is stored; scales only for int8. */
static void widen(const struct tensor *v, const float *scale, float *out)
{
	size_t width = v->dim[1];
	const uint16_t *half = v->data;
	const int8_t *small = v->data;
	for (size_t i = 0; i < v->dim[0] * width; i++)
		out[i] = v->dtype == DT_F16 ? f32_of_f16(half[i]) : (float)small[i] * scale[i / width];
}

static int load_vectors(struct embeddings *m, struct err *e)
{
	const char *name = tensorfile_name(m->file);
	const struct tensor *v = tensorfile_find(m->file, "vectors"), *scales = NULL;
	if (!v)
		return err_data(e, "%s: there is no tensor \"vectors\"", name);
	if (v->n_dims != 2 || v->dim[0] != m->ids.n)
		return err_data(e, "%s: \"vectors\" is not one row for each of the %zu ids", name, m->ids.n);
	if (v->dtype != DT_F32 && v->dtype != DT_F16 && v->dtype != DT_I8)
		return err_data(e, "%s: \"vectors\" is %s; F32, F16 and I8 are supported", name, dtype_name(v->dtype));
	if (v->dtype == DT_I8) {
		int rc = tensorfile_need(m->file, "scales", DT_F32, 1, &m->ids.n, &scales, e);
		if (rc)
			return rc;
	}
	m->n = v->dim[0];
	m->width = v->dim[1];
	m->stored = v;
	m->scales = scales;
	m->vectors = v->data;
	if (v->dtype != DT_F32) {
		m->converted = MEM_NEW(m->n * m->width, float);
		widen(v, scales ? scales->data : NULL, m->converted);
		m->vectors = m->converted;
	}
	for (size_t i = 0; i < m->n * m->width; i++)
		if (!isfinite(m->vectors[i])) {
			struct str id = idmap_id(&m->ids, (uint32_t)(i / m->width));
			return err_data(e, "%s: the vector of \"%.*s\" holds a value that is not finite", name, (int)id.n, id.p);
		}
	return 0;
}

static int load_hashes(struct embeddings *m, struct err *e)
{
	const struct tensor *hashes;
	if (!tensorfile_find(m->file, "hashes"))
		return 0;
	int rc = tensorfile_need(m->file, "hashes", DT_U64, 1, &m->n, &hashes, e);
	if (!rc)
		m->hashes = hashes->data;
	return rc;
}

int embeddings_open(struct embeddings *m, const char *path, struct err *e)
{
	*m = (struct embeddings){ .ids = IDMAP_INIT };
	int rc = tensorfile_open(&m->file, path, e);
	if (!rc)
		rc = tensorfile_need_format(m->file, format, 1, e);
	if (!rc)
		rc = idmap_load(&m->ids, "ids", m->file, e);
	if (!rc)
		rc = load_vectors(m, e);
	if (!rc)
		rc = load_hashes(m, e);
	if (rc)
		embeddings_close(m);
	return rc;
}

void embeddings_close(struct embeddings *m)
{
	idmap_release(&m->ids);
	mem_free(m->converted);
	tensorfile_close(m->file);
	*m = (struct embeddings){ .ids = IDMAP_INIT };
}

const float *embeddings_find(const struct embeddings *m, struct str id)
{
	uint32_t i = idmap_find(&m->ids, id);
	return i == IDMAP_NONE ? NULL : m->vectors + (size_t)i * m->width;
}

static bool one_of(const char *name, const char *const *names)
{
	while (*names && strcmp(*names, name))
		names++;
	return *names != NULL;
}

uint64_t embeddings_space(const struct embeddings *m)
{
	static const char *const of_the_format[] = { "format", "format_version", NULL };
	static const char *const of_the_rows[] = { "ids.bytes", "ids.offsets", "vectors", "scales", "hashes", NULL };
	uint64_t space = 0;
	const char *key;
	for (size_t i = 0; (key = tensorfile_meta_key(m->file, i)); i++)
		if (!one_of(key, of_the_format))
			space = hash_bytes(str_of(tensorfile_meta(m->file, key)), hash_bytes(str_of(key), space));
	for (size_t i = 0; i < tensorfile_count(m->file); i++) {
		const struct tensor *t = tensorfile_at(m->file, i);
		if (!one_of(t->name, of_the_rows))
			space = hash_bytes((struct str){ t->data, t->n_bytes }, hash_bytes(str_of(t->name), space));
	}
	return space;
}

/* ---- writing ---- */

struct embedding_writer {
	struct spool *rows, *hashes, *scales; /* scales: int8 only */
	struct idspool *ids;
	bool hashed;
	size_t width;
	enum dtype format;
	void *packed; /* one row as stored */
	struct tensor_writer *tensors;
};

int embedding_writer_open(struct embedding_writer **out, size_t width, enum dtype row_format, struct err *e)
{
	struct embedding_writer *w = MEM_ZNEW(1, struct embedding_writer);
	int rc = spool_open(&w->rows, e);
	if (!rc)
		rc = spool_open(&w->hashes, e);
	if (!rc)
		rc = spool_open(&w->scales, e);
	if (!rc)
		rc = idspool_open(&w->ids, e);
	w->width = width;
	w->format = row_format;
	w->hashed = true;
	w->packed = mem_alloc(width, dtype_bytes(row_format));
	w->tensors = tensor_writer_new(format, 1, 0);
	if (rc)
		embedding_writer_free(w);
	else
		*out = w;
	return rc;
}

void embedding_writer_free(struct embedding_writer *w)
{
	if (!w)
		return;
	spool_free(w->rows);
	spool_free(w->hashes);
	spool_free(w->scales);
	idspool_free(w->ids);
	mem_free(w->packed);
	tensor_writer_free(w->tensors);
	mem_free(w);
}

/* A row for a new id, with all but its bytes. */
static int add_id(struct embedding_writer *w, struct str id, const uint64_t *hash, float scale, struct err *e)
{
	static const uint64_t no_hash;
	uint32_t row;
	int rc = idspool_find(w->ids, id, &row, e);
	if (!rc && row != IDMAP_NONE)
		return err_data(e, "the id \"%.*s\" stands twice", (int)id.n, id.p);
	w->hashed &= hash != NULL;
	if (!rc)
		rc = idspool_add(w->ids, id, e);
	if (!rc)
		rc = spool_write(w->hashes, hash ? hash : &no_hash, sizeof *hash, e);
	if (!rc && w->format == DT_I8)
		rc = spool_write(w->scales, &scale, sizeof scale, e);
	return rc;
}

/* The row as it is stored; its scale for int8: the largest magnitude is 127. */
static float pack(const struct embedding_writer *w, const float *row)
{
	float largest = 0;
	for (size_t i = 0; i < w->width; i++)
		largest = fmaxf(largest, fabsf(row[i]));
	float scale = largest / 127;
	for (size_t i = 0; i < w->width; i++)
		if (w->format == DT_F32)
			((float *)w->packed)[i] = row[i];
		else if (w->format == DT_F16)
			((uint16_t *)w->packed)[i] = f16_of(row[i]);
		else
			((int8_t *)w->packed)[i] = (int8_t)(scale > 0 ? lrintf(row[i] / scale) : 0);
	return scale;
}

int embedding_writer_add(struct embedding_writer *w, const struct str *id, const uint64_t *hash, const float *rows,
			 size_t n, struct err *e)
{
	int rc = 0;
	for (size_t i = 0; !rc && i < n; i++) {
		const float *row = rows + i * w->width;
		for (size_t k = 0; !rc && k < w->width; k++)
			if (!isfinite(row[k]) || (w->format == DT_F16 && fabsf(row[k]) > 65504))
				rc = err_data(e, "the vector of \"%.*s\" holds %g, which %s cannot store", (int)id[i].n, id[i].p,
					      (double)row[k], dtype_name(w->format));
		if (!rc)
			rc = add_id(w, id[i], hash ? &hash[i] : NULL, pack(w, row), e);
		if (!rc)
			rc = spool_write(w->rows, w->packed, w->width * dtype_bytes(w->format), e);
	}
	return rc;
}

int embedding_writer_copy(struct embedding_writer *w, const struct embeddings *from, size_t row, struct err *e)
{
	size_t n_bytes = w->width * dtype_bytes(w->format);
	if (from->width != w->width || from->stored->dtype != w->format)
		return err_data(e, "%s holds rows of %zu %s, not %zu %s", tensorfile_name(from->file), from->width,
				dtype_name(from->stored->dtype), w->width, dtype_name(w->format));
	float scale = from->scales ? ((const float *)from->scales->data)[row] : 0;
	int rc = add_id(w, idmap_id(&from->ids, (uint32_t)row), from->hashes ? &from->hashes[row] : NULL, scale, e);
	return rc ? rc : spool_write(w->rows, (const char *)from->stored->data + row * n_bytes, n_bytes, e);
}

size_t embedding_writer_count(const struct embedding_writer *w)
{
	return idspool_count(w->ids);
}

int embedding_writer_find(struct embedding_writer *w, struct str id, uint32_t *row, struct err *e)
{
	return idspool_find(w->ids, id, row, e);
}

int embedding_writer_hash(struct embedding_writer *w, uint32_t row, uint64_t *hash, struct err *e)
{
	return spool_peek(w->hashes, row * sizeof *hash, hash, sizeof *hash, e);
}

struct tensor_writer *embedding_writer_tensors(struct embedding_writer *w)
{
	return w->tensors;
}

int embedding_writer_write(struct embedding_writer *w, const char *path, struct err *e)
{
	size_t dims[] = { idspool_count(w->ids), w->width };
	int rc = spool_rewind(w->rows, e);
	if (!rc)
		rc = spool_rewind(w->hashes, e);
	if (!rc)
		rc = spool_rewind(w->scales, e);
	if (rc)
		return rc;
	tensor_writer_add_fd(w->tensors, "vectors", w->format, 2, dims, spool_fd(w->rows));
	if (w->format == DT_I8)
		tensor_writer_add_fd(w->tensors, "scales", DT_F32, 1, dims, spool_fd(w->scales));
	if (w->hashed)
		tensor_writer_add_fd(w->tensors, "hashes", DT_U64, 1, dims, spool_fd(w->hashes));
	rc = idspool_save(w->ids, "ids", w->tensors, e);
	return rc ? rc : tensor_writer_write(w->tensors, path, e);
}
