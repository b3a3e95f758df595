/* tensor_writer.c: writing tensor files; see tensorfile.h. */
#include "io/tensorfile.h"
#include "base/mem.h"
#include "base/numbers.h"
#include "base/utf8.h"
#include "io/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct pending {
	struct tensor tensor; /* name is owned */
	size_t order;         /* in which it was added */
	int fd;               /* its bytes, or -1: tensor.data */
};

struct meta {
	char *key, *value;
};

struct tensor_writer {
	struct pending *tensor;
	size_t n, capacity;
	struct meta *meta;
	size_t n_meta, meta_capacity;
};

struct tensor_writer *tensor_writer_new(const char *format, unsigned major, unsigned minor)
{
	struct tensor_writer *w = MEM_ZNEW(1, struct tensor_writer);
	char *version = mem_printf("%u.%u", major, minor);
	tensor_writer_meta(w, "format", format);
	tensor_writer_meta(w, "format_version", version);
	mem_free(version);
	return w;
}

void tensor_writer_free(struct tensor_writer *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->n; i++)
		mem_free((void *)(uintptr_t)w->tensor[i].tensor.name);
	for (size_t i = 0; i < w->n_meta; i++) {
		mem_free(w->meta[i].key);
		mem_free(w->meta[i].value);
	}
	mem_free(w->tensor);
	mem_free(w->meta);
	mem_free(w);
}

void tensor_writer_meta(struct tensor_writer *w, const char *key, const char *value)
{
	for (size_t i = 0; i < w->n_meta; i++)
		if (!strcmp(w->meta[i].key, key)) {
			mem_free(w->meta[i].value);
			w->meta[i].value = mem_strdup(value);
			return;
		}
	if (w->n_meta == w->meta_capacity) {
		size_t capacity = mem_grow(w->meta_capacity, w->n_meta + 1);
		w->meta = mem_resize(w->meta, w->n_meta, capacity, sizeof *w->meta);
		w->meta_capacity = capacity;
	}
	w->meta[w->n_meta++] = (struct meta){ mem_strdup(key), mem_strdup(value) };
}

static void add(struct tensor_writer *w, const char *name, enum dtype dtype, size_t n_dims, const size_t *dims,
		const void *data, int fd)
{
	if (w->n == w->capacity) {
		size_t capacity = mem_grow(w->capacity, w->n + 1);
		w->tensor = mem_resize(w->tensor, w->n, capacity, sizeof *w->tensor);
		w->capacity = capacity;
	}
	struct tensor x = { .name = mem_strdup(name), .dtype = dtype, .n_dims = n_dims, .data = data,
			    .n_bytes = dtype_bytes(dtype) };
	for (size_t i = 0; i < n_dims; i++) {
		x.dim[i] = dims[i];
		x.n_bytes *= dims[i]; /* what is in memory or in a file does not overflow */
	}
	w->tensor[w->n] = (struct pending){ x, w->n, fd };
	w->n++;
}

void tensor_writer_add(struct tensor_writer *w, const char *name, enum dtype dtype, size_t n_dims, const size_t *dims,
		       const void *data)
{
	add(w, name, dtype, n_dims, dims, data, -1);
}

void tensor_writer_add_fd(struct tensor_writer *w, const char *name, enum dtype dtype, size_t n_dims, const size_t *dims,
			  int fd)
{
	add(w, name, dtype, n_dims, dims, NULL, fd);
}

static int compare_tensors(const void *a, const void *b)
{
	const struct pending *x = a, *y = b;
	size_t n = dtype_bytes(x->tensor.dtype), m = dtype_bytes(y->tensor.dtype);
	if (n != m)
		return n > m ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

static int compare_meta(const void *a, const void *b)
{
	return strcmp(((const struct meta *)a)->key, ((const struct meta *)b)->key);
}

static int check(const struct tensor_writer *w, struct err *e)
{
	for (size_t i = 0; i < w->n_meta; i++)
		if (!utf8_is_text(str_of(w->meta[i].key)) || !utf8_is_text(str_of(w->meta[i].value)))
			return err_data(e, "metadata \"%s\": \"%s\" is not UTF-8", w->meta[i].key, w->meta[i].value);
	for (size_t i = 0; i < w->n; i++) {
		const char *name = w->tensor[i].tensor.name;
		if (!utf8_is_text(str_of(name)) || !strcmp(name, "__metadata__"))
			return err_data(e, "a tensor cannot be called \"%s\"", name);
		for (size_t k = 0; k < i; k++)
			if (!strcmp(name, w->tensor[k].tensor.name))
				return err_data(e, "there are two tensors \"%s\"", name);
	}
	return 0;
}

static void put_entry(struct buf *b, const struct tensor *x, uint64_t begin)
{
	buf_put_json(b, str_of(x->name));
	buf_printf(b, ":{\"dtype\":\"%s\",\"shape\":[", dtype_name(x->dtype));
	for (size_t i = 0; i < x->n_dims; i++) {
		buf_puts(b, i ? "," : "");
		num_put_u64(b, x->dim[i]);
	}
	buf_puts(b, "],\"data_offsets\":[");
	num_put_u64(b, begin);
	buf_putc(b, ',');
	num_put_u64(b, begin + x->n_bytes);
	buf_puts(b, "]}");
}

/* Length and header, padded with blanks so that the data begins at a multiple of 64 bytes. */
static void put_header(struct buf *b, const struct tensor_writer *w)
{
	enum { LENGTH_BYTES = 8, ALIGN = 64 };
	static const char zeros[LENGTH_BYTES];
	buf_add(b, zeros, LENGTH_BYTES);
	buf_puts(b, "{\"__metadata__\":{");
	for (size_t i = 0; i < w->n_meta; i++) {
		buf_puts(b, i ? "," : "");
		buf_put_json(b, str_of(w->meta[i].key));
		buf_putc(b, ':');
		buf_put_json(b, str_of(w->meta[i].value));
	}
	buf_putc(b, '}');
	uint64_t at = 0;
	for (size_t i = 0; i < w->n; i++) {
		buf_putc(b, ',');
		put_entry(b, &w->tensor[i].tensor, at);
		at += w->tensor[i].tensor.n_bytes;
	}
	buf_putc(b, '}');
	while (b->n % ALIGN)
		buf_putc(b, ' ');
	uint64_t length = b->n - LENGTH_BYTES;
	memcpy(b->data, &length, sizeof length);
}

/* The bytes of a spool file, which may be larger than memory. */
static int copy_fd(struct out *o, const struct pending *x, struct err *e)
{
	enum { PIECE = 1 << 20 };
	char *piece = mem_alloc(PIECE, 1);
	int rc = 0;
	for (size_t at = 0; at < x->tensor.n_bytes && !rc;) {
		size_t want = x->tensor.n_bytes - at < PIECE ? x->tensor.n_bytes - at : PIECE;
		errno = EIO; /* an early end */
		ssize_t got = pread(x->fd, piece, want, (off_t)at);
		if (got > 0)
			rc = out_write(o, piece, (size_t)got, e);
		else if (got == 0 || errno != EINTR)
			rc = err_system(e, "cannot read the temporary file of tensor \"%s\"", x->tensor.name);
		at += got > 0 ? (size_t)got : 0;
	}
	mem_free(piece);
	return rc;
}

int tensor_writer_write(struct tensor_writer *w, const char *path, struct err *e)
{
	struct out *o = NULL;
	struct buf header = BUF_INIT;
	int rc = check(w, e);
	if (rc)
		return err_prefix(e, "cannot write %s", path);
	if (w->n_meta)
		qsort(w->meta, w->n_meta, sizeof *w->meta, compare_meta);
	if (w->n)
		qsort(w->tensor, w->n, sizeof *w->tensor, compare_tensors);
	rc = out_open(&o, path, e);
	if (rc)
		return rc;
	put_header(&header, w);
	rc = out_write(o, header.data, header.n, e);
	for (size_t i = 0; i < w->n && !rc; i++)
		rc = w->tensor[i].fd >= 0 ? copy_fd(o, &w->tensor[i], e)
					  : out_write(o, w->tensor[i].tensor.data, w->tensor[i].tensor.n_bytes, e);
	if (rc)
		out_abandon(o);
	else
		rc = out_commit(o, e);
	buf_release(&header);
	return rc;
}
