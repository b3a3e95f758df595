/* tensorfile.h: safetensors files, the container of embeddings, models and checkpoints.
 *
 * Layout: 8 bytes little-endian header length, a JSON header {"__metadata__": {text: text}, name: {"dtype", "shape",
 * "data_offsets"}}, the data. The reader makes every check of the reference implementation before a byte of data is
 * touched: header length against the file and against 100 MB, JSON, dtypes,
 * shapes times sizes against offsets (without overflow), ranges that overlap or leave holes, duplicate names, data
 * beyond the end. A tensor that does not lie on a multiple of its element size is refused too (files written elsewhere whose
 * header has an odd length are copied first, so only an unusual order of types can cause it). Regular files are mapped,
 * pipes and gzip are read. Little-endian machines only. */
#ifndef RECPIPE_IO_TENSORFILE_H
#define RECPIPE_IO_TENSORFILE_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum dtype { DT_F64, DT_F32, DT_F16, DT_BF16, DT_I64, DT_I32, DT_I16, DT_I8, DT_U64, DT_U32, DT_U16, DT_U8, DT_BOOL };
size_t dtype_bytes(enum dtype d);
const char *dtype_name(enum dtype d); /* "F32" as in the file */

enum { TENSOR_MAX_DIMS = 8 };
struct tensor {
	const char *name;
	enum dtype dtype;
	size_t n_dims;
	size_t dim[TENSOR_MAX_DIMS];
	const void *data; /* borrowed from the file; aligned to dtype_bytes(dtype) at least */
	size_t n_bytes;
};

struct tensorfile;
MUST_CHECK int tensorfile_open(struct tensorfile **out, const char *path, struct err *e);
/* The same over bytes in memory (borrowed for the life of the result); name is for messages. */
MUST_CHECK int tensorfile_parse(struct tensorfile **out, const void *data, size_t n_bytes, const char *name,
				struct err *e);
void tensorfile_close(struct tensorfile *t);
const char *tensorfile_name(const struct tensorfile *t);
/* n bytes at p, of a tensor's data, have been used: they need not stay in memory, and are read again where asked for. */
void tensorfile_forget(const struct tensorfile *t, const void *p, size_t n);
size_t tensorfile_count(const struct tensorfile *t);
const struct tensor *tensorfile_at(const struct tensorfile *t, size_t i); /* in order of their data */
const struct tensor *tensorfile_find(const struct tensorfile *t, const char *name); /* NULL if there is none */
/* Value of a metadata key; NULL if there is none. */
const char *tensorfile_meta(const struct tensorfile *t, const char *key);
/* Key i in byte order, or NULL behind the last. */
const char *tensorfile_meta_key(const struct tensorfile *t, size_t i);
/* The tensor called name, which must have this dtype and shape; a dim given as SIZE_MAX matches any. ERR_DATA naming the
 * file, the tensor, and what was found where what was expected. */
MUST_CHECK int tensorfile_need(const struct tensorfile *t, const char *name, enum dtype dtype, size_t n_dims,
			       const size_t *dims, const struct tensor **out, struct err *e);
/* Metadata "format" must be `format` and "format_version" major must be `major`: refuses others by name. */
MUST_CHECK int tensorfile_need_format(const struct tensorfile *t, const char *format, unsigned major, struct err *e);

/* Writing. The data begins at a multiple of 64 bytes; tensors with wide elements come first, otherwise in the order added,
 * so each is aligned to its element (the format allows no holes). Metadata keys are written in byte order: the same
 * bytes each time. */
struct tensor_writer;
struct tensor_writer *tensor_writer_new(const char *format, unsigned major, unsigned minor);
void tensor_writer_free(struct tensor_writer *w);
/* key and value are copied. */
void tensor_writer_meta(struct tensor_writer *w, const char *key, const char *value);
/* data is borrowed until the write; name and dims are copied. */
void tensor_writer_add(struct tensor_writer *w, const char *name, enum dtype dtype, size_t n_dims, const size_t *dims,
		       const void *data);
/* Rows that are not in memory: n_bytes are read from the file descriptor fd (a spool file, from its offset 0). */
void tensor_writer_add_fd(struct tensor_writer *w, const char *name, enum dtype dtype, size_t n_dims,
			  const size_t *dims, int fd);
/* Atomically to path, or to stdout for "-". ERR_DATA for two tensors of one name and for names or metadata that are not
 * UTF-8 (with file names among the metadata, that is the user's doing). */
MUST_CHECK int tensor_writer_write(struct tensor_writer *w, const char *path, struct err *e);

#endif
