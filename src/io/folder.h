/* folder.h: the small files of a directory, in memory: what stands beside the weights of a published model.
 *
 * They are read from a directory or from tensors of a model file, where they travel byte for byte, or put in one by one, and
 * written to either. */
#ifndef RECPIPE_IO_FOLDER_H
#define RECPIPE_IO_FOLDER_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>

struct json;
struct tensorfile;
struct tensor_writer;
struct folder;

/* ERR_DATA where dir is a file. */
MUST_CHECK int folder_check(const char *dir, struct err *e);
/* Those of the named files (such as "1_Pooling/config.json") that exist in dir. ERR_SYSTEM where one cannot be read, and as
 * folder_check. Owner: caller. */
MUST_CHECK int folder_read(struct folder **out, const char *dir, const char *const *names, size_t n, struct err *e);
/* All tensors "PREFIX/NAME" of a file; they must be of type U8. */
MUST_CHECK int folder_load(struct folder **out, const struct tensorfile *t, const char *prefix, struct err *e);
/* One without files. Owner: caller. */
struct folder *folder_new(const char *name);
struct folder *folder_copy(const struct folder *f);
void folder_free(struct folder *f);
/* Set the bytes of a file, which need not be there yet. They are copied. */
void folder_put(struct folder *f, const char *name, struct str bytes);

/* The file's bytes (borrowed), or false where it is not there. */
bool folder_has(const struct folder *f, const char *name, struct str *bytes);
/* Of the directory (or the file that holds them), for messages. */
const char *folder_name(const struct folder *f);
/* A JSON file; *out is NULL where it is not there. */
MUST_CHECK int folder_json(const struct folder *f, const char *name, struct json **out, struct err *e);
/* The error of a file that has to be there and is not: ERR_SYSTEM. */
int folder_lacks(const struct folder *f, const char *name, struct err *e);

/* Tensors "PREFIX/NAME"; borrowed until the write. */
void folder_save(const struct folder *f, struct tensor_writer *w, const char *prefix);
/* Make dir where it is not there. */
MUST_CHECK int folder_make(const char *dir, struct err *e);
/* Into dir, which is made where it is not there, each file whole or not at all, the first of the list last. */
MUST_CHECK int folder_write(const struct folder *f, const char *dir, struct err *e);

#endif
