/* tensorfile.c: reading; see tensorfile.h. The checks are those of the reference implementation (safetensors 0.4,
 * SafeTensors::read_metadata and Metadata::validate), in its order. */
#include "io/tensorfile.h"
#include "base/mem.h"
#include "base/numbers.h"
#include "io/json.h"
#include "io/stream.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "tensor files are little-endian and are used as they are");

enum { LENGTH_BYTES = 8, MAX_HEADER = 100000000 };
static const char metadata_key[] = "__metadata__";

static const struct {
	const char *name;
	size_t n_bytes;
} dtypes[] = {
	[DT_F64] = { "F64", 8 }, [DT_F32] = { "F32", 4 }, [DT_F16] = { "F16", 2 }, [DT_BF16] = { "BF16", 2 },
	[DT_I64] = { "I64", 8 }, [DT_I32] = { "I32", 4 }, [DT_I16] = { "I16", 2 }, [DT_I8] = { "I8", 1 },
	[DT_U64] = { "U64", 8 }, [DT_U32] = { "U32", 4 }, [DT_U16] = { "U16", 2 }, [DT_U8] = { "U8", 1 },
	[DT_BOOL] = { "BOOL", 1 },
};
enum { N_DTYPES = sizeof dtypes / sizeof *dtypes };

size_t dtype_bytes(enum dtype d)
{
	return dtypes[d].n_bytes;
}

const char *dtype_name(enum dtype d)
{
	return dtypes[d].name;
}

struct tensorfile {
	char *name;
	struct blob blob;     /* where we opened the file ourselves */
	void *copy;           /* the data, where it did not lie on a multiple of 8 bytes */
	struct json *header;
	struct tensor *tensor; /* in order of their data */
	uint64_t *begin;       /* offset of each; only while parsing */
	size_t n;
	const char **meta_key; /* in byte order, then NULL */
};

static int bad(const struct tensorfile *t, struct err *e, const char *what)
{
	return err_data(e, "%s: %s", t->name, what);
}

static int bad_tensor(const struct tensorfile *t, const char *name, struct err *e, const char *what)
{
	return err_data(e, "%s: tensor \"%s\" %s", t->name, name, what);
}

/* ---- one tensor's entry ---- */

static int read_dtype(const struct tensorfile *t, const struct json *entry, struct tensor *out, struct err *e)
{
	struct str text;
	if (!json_text(json_get(entry, "dtype"), &text))
		return bad_tensor(t, out->name, e, "has no dtype");
	for (int d = 0; d < N_DTYPES; d++)
		if (str_eq(text, str_of(dtypes[d].name))) {
			out->dtype = (enum dtype)d;
			return 0;
		}
	return err_data(e, "%s: tensor \"%s\" has the unknown dtype \"%s\"", t->name, out->name, text.p);
}

static int read_shape(const struct tensorfile *t, const struct json *entry, struct tensor *out, struct err *e)
{
	const struct json *shape = json_get(entry, "shape");
	if (!shape || json_kind(shape) != JSON_KIND_ARRAY)
		return bad_tensor(t, out->name, e, "has no shape");
	if (json_count(shape) > TENSOR_MAX_DIMS)
		return bad_tensor(t, out->name, e, "has more than 8 dimensions");
	out->n_dims = json_count(shape);
	out->n_bytes = dtype_bytes(out->dtype);
	for (size_t i = 0; i < out->n_dims; i++) {
		uint64_t dim;
		if (!json_u64(json_at(shape, i), &dim))
			return bad_tensor(t, out->name, e, "has a dimension that is not a whole number");
		out->dim[i] = dim;
		if (__builtin_mul_overflow(out->n_bytes, dim, &out->n_bytes))
			return bad_tensor(t, out->name, e, "is too large");
	}
	return 0;
}

static int read_offsets(const struct tensorfile *t, const struct json *entry, struct tensor *out, uint64_t *begin,
			struct err *e)
{
	const struct json *offsets = json_get(entry, "data_offsets");
	uint64_t end;
	if (!offsets || json_kind(offsets) != JSON_KIND_ARRAY || json_count(offsets) != 2 ||
	    !json_u64(json_at(offsets, 0), begin) || !json_u64(json_at(offsets, 1), &end))
		return bad_tensor(t, out->name, e, "has no data_offsets");
	if (end < *begin || end - *begin != out->n_bytes)
		return bad_tensor(t, out->name, e, "has a shape and data_offsets that disagree");
	return 0;
}

static int read_entry(struct tensorfile *t, struct json_member m, size_t i, struct err *e)
{
	struct tensor *out = &t->tensor[i];
	*out = (struct tensor){ .name = m.key.p };
	if (json_kind(m.value) != JSON_KIND_OBJECT)
		return bad_tensor(t, out->name, e, "is not described by an object");
	int rc = read_dtype(t, m.value, out, e);
	if (!rc)
		rc = read_shape(t, m.value, out, e);
	if (!rc)
		rc = read_offsets(t, m.value, out, &t->begin[i], e);
	return rc;
}

/* ---- all tensors ---- */

struct place {
	uint64_t begin;
	struct tensor tensor;
};

/* Empty tensors share an offset with the next one and come first; names settle the rest. */
static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	if (x->begin != y->begin)
		return x->begin < y->begin ? -1 : 1;
	if (x->tensor.n_bytes != y->tensor.n_bytes)
		return x->tensor.n_bytes < y->tensor.n_bytes ? -1 : 1;
	return strcmp(x->tensor.name, y->tensor.name);
}

static void sort_by_data(struct tensorfile *t)
{
	struct place *p = MEM_NEW(t->n, struct place);
	for (size_t i = 0; i < t->n; i++)
		p[i] = (struct place){ t->begin[i], t->tensor[i] };
	qsort(p, t->n, sizeof *p, compare_places);
	for (size_t i = 0; i < t->n; i++) {
		t->begin[i] = p[i].begin;
		t->tensor[i] = p[i].tensor;
	}
	mem_free(p);
}

/* Ranges must follow each other without hole or overlap, to the end of the data. */
static int place_data(struct tensorfile *t, const unsigned char *data, size_t n_bytes, struct err *e)
{
	size_t at = 0;
	for (size_t i = 0; i < t->n; i++) {
		struct tensor *x = &t->tensor[i];
		if (t->begin[i] != at)
			return bad_tensor(t, x->name, e,
					  t->begin[i] < at ? "overlaps another" : "does not begin where the one before ends");
		if (x->n_bytes > n_bytes - at)
			return bad_tensor(t, x->name, e, "lies beyond the end of the file (is it cut off?)");
		if (at % dtype_bytes(x->dtype))
			return bad_tensor(t, x->name, e, "does not lie on a multiple of its element size");
		x->data = data + at;
		at += x->n_bytes;
	}
	return at == n_bytes ? 0 : bad(t, e, "there are bytes behind the last tensor");
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int read_metadata(struct tensorfile *t, const struct json *meta, struct err *e)
{
	size_t n = 0;
	if (meta && json_kind(meta) != JSON_KIND_OBJECT)
		return bad(t, e, "the metadata is not an object");
	t->meta_key = MEM_NEW(json_count(meta) + 1, const char *);
	for (struct json_member m = json_first(meta); m.value; json_next(&m)) {
		if (json_kind(m.value) != JSON_KIND_TEXT)
			return err_data(e, "%s: metadata \"%s\" is not text", t->name, m.key.p);
		t->meta_key[n++] = m.key.p;
	}
	t->meta_key[n] = NULL;
	qsort(t->meta_key, n, sizeof *t->meta_key, compare_keys);
	return 0;
}

static int read_header(struct tensorfile *t, struct str text, struct err *e)
{
	if (!text.n || text.p[0] != '{')
		return bad(t, e, "the header does not begin with \"{\" (is this a safetensors file?)");
	int rc = json_parse(&t->header, text, t->name, e);
	if (rc)
		return rc;
	if (json_kind(t->header) != JSON_KIND_OBJECT)
		return bad(t, e, "the header is not an object");
	size_t n = json_count(t->header);
	t->tensor = MEM_NEW(n, struct tensor);
	t->begin = MEM_NEW(n, uint64_t);
	for (struct json_member m = json_first(t->header); m.value && !rc; json_next(&m))
		if (str_eq(m.key, str_of(metadata_key)))
			rc = read_metadata(t, m.value, e);
		else
			rc = read_entry(t, m, t->n++, e);
	if (!rc && !t->meta_key)
		rc = read_metadata(t, NULL, e);
	return rc;
}

static int parse(struct tensorfile *t, const unsigned char *p, size_t n_bytes, struct err *e)
{
	uint64_t header;
	if (n_bytes < LENGTH_BYTES)
		return bad(t, e, "too short for a safetensors file");
	memcpy(&header, p, sizeof header);
	if (header > MAX_HEADER)
		return bad(t, e, "the header is longer than 100 MB (is this a safetensors file?)");
	if (header > n_bytes - LENGTH_BYTES)
		return bad(t, e, "the header is longer than the file (is it cut off?)");
	int rc = read_header(t, (struct str){ (const char *)p + LENGTH_BYTES, header }, e);
	if (rc)
		return rc;
	const unsigned char *data = p + LENGTH_BYTES + header;
	size_t n_data = n_bytes - LENGTH_BYTES - header;
	if ((uintptr_t)data % 8)
		data = t->copy = mem_dup(data, n_data);
	sort_by_data(t);
	return place_data(t, data, n_data, e);
}

int tensorfile_parse(struct tensorfile **out, const void *data, size_t n_bytes, const char *name, struct err *e)
{
	struct tensorfile *t = MEM_ZNEW(1, struct tensorfile);
	t->name = mem_strdup(name);
	int rc = parse(t, data, n_bytes, e);
	if (rc)
		tensorfile_close(t);
	else
		*out = t;
	return rc;
}

int tensorfile_open(struct tensorfile **out, const char *path, struct err *e)
{
	struct blob blob;
	int rc = blob_open(&blob, path, e);
	if (rc)
		return rc;
	rc = tensorfile_parse(out, blob.data, blob.n, strcmp(path, "-") ? path : "stdin", e);
	if (rc)
		blob_close(&blob);
	else
		(*out)->blob = blob;
	return rc;
}

void tensorfile_close(struct tensorfile *t)
{
	if (!t)
		return;
	if (t->header)
		json_free(t->header);
	blob_close(&t->blob);
	mem_free(t->copy);
	mem_free(t->tensor);
	mem_free(t->begin);
	mem_free(t->meta_key);
	mem_free(t->name);
	mem_free(t);
}

/* ---- looking up ---- */

void tensorfile_forget(const struct tensorfile *t, const void *p, size_t n)
{
	if (!t->copy)
		blob_forget(&t->blob, p, n);
}

const char *tensorfile_name(const struct tensorfile *t)
{
	return t->name;
}

size_t tensorfile_count(const struct tensorfile *t)
{
	return t->n;
}

const struct tensor *tensorfile_at(const struct tensorfile *t, size_t i)
{
	return &t->tensor[i];
}

const struct tensor *tensorfile_find(const struct tensorfile *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++)
		if (!strcmp(t->tensor[i].name, name))
			return &t->tensor[i];
	return NULL;
}

const char *tensorfile_meta(const struct tensorfile *t, const char *key)
{
	struct str text;
	return json_text(json_get(json_get(t->header, metadata_key), key), &text) ? text.p : NULL;
}

const char *tensorfile_meta_key(const struct tensorfile *t, size_t i)
{
	return t->meta_key[i];
}

static void put_shape(struct buf *b, enum dtype dtype, size_t n_dims, const size_t *dims)
{
	buf_printf(b, "%s [", dtype_name(dtype));
	for (size_t i = 0; i < n_dims; i++) {
		buf_puts(b, i ? ", " : "");
		if (dims[i] == SIZE_MAX)
			buf_puts(b, "any");
		else
			num_put_u64(b, dims[i]);
	}
	buf_puts(b, "]");
}

int tensorfile_need(const struct tensorfile *t, const char *name, enum dtype dtype, size_t n_dims, const size_t *dims,
		    const struct tensor **out, struct err *e)
{
	const struct tensor *x = tensorfile_find(t, name);
	if (!x)
		return err_data(e, "%s: there is no tensor \"%s\"", t->name, name);
	bool fits = x->dtype == dtype && x->n_dims == n_dims;
	for (size_t i = 0; fits && i < n_dims; i++)
		fits = dims[i] == SIZE_MAX || dims[i] == x->dim[i];
	*out = x;
	if (fits)
		return 0;
	struct buf found = BUF_INIT, expected = BUF_INIT;
	put_shape(&found, x->dtype, x->n_dims, x->dim);
	put_shape(&expected, dtype, n_dims, dims);
	err_data(e, "%s: tensor \"%s\" is %s where %s is expected", t->name, name, buf_text(&found), buf_text(&expected));
	buf_release(&found);
	buf_release(&expected);
	return ERR_DATA;
}

int tensorfile_need_format(const struct tensorfile *t, const char *format, unsigned major, struct err *e)
{
	const char *found = tensorfile_meta(t, "format"), *version = tensorfile_meta(t, "format_version");
	if (!found)
		return err_data(e, "%s: not a %s file: the metadata names no format", t->name, format);
	if (strcmp(found, format))
		return err_data(e, "%s: a \"%s\" file where \"%s\" is expected", t->name, found, format);
	uint64_t number;
	struct str text = { version ? version : "", version ? strcspn(version, ".") : 0 };
	if (!num_parse_u64(text, &number) || number != major)
		return err_data(e, "%s: %s version %s; this program reads version %u", t->name, format,
				version ? version : "unknown", major);
	return 0;
}
