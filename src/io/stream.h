/* stream.h: bytes in and bytes out.
 *
 * In: a file or "-" for stdin; gzip (also several members) is recognised by content, never by name. A truncated or
 * corrupt gzip stream is an error, not an end. Out: "-" is stdout; any other name is written to a temporary file
 * beside it, which takes the name by a rename after fsync, so nothing half-written is ever visible. A name ending in
 * ".gz" is compressed (no name and no time in the header: the same bytes each time). */
#ifndef RECPIPE_IO_STREAM_H
#define RECPIPE_IO_STREAM_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct in;
/* ERR_SYSTEM if it cannot be opened (a directory is named as such). Owner of *out: caller. */
MUST_CHECK int in_open(struct in **out, const char *path, struct err *e);
/* Up to n bytes into p; *got is 0 only at the end. ERR_SYSTEM on a read error, ERR_DATA on bad gzip. */
MUST_CHECK int in_read(struct in *in, void *p, size_t n, size_t *got, struct err *e);
/* The first up to n bytes (n at most 4096) of what in_read will give next, without taking them; *got is below n only where
 * the content ends before. Borrowed until the next read. */
MUST_CHECK int in_peek(struct in *in, size_t n, const char **p, size_t *got, struct err *e);
/* How much of a regular file has been read, 0 to 1; 0 where that is unknown (a pipe). */
double in_share(const struct in *in);
/* The name for messages: the path, or "stdin". */
const char *in_name(const struct in *in);
void in_close(struct in *in);
/* The whole content, appended to b; at most max_bytes (ERR_DATA beyond). */
MUST_CHECK int in_read_all(const char *path, size_t max_bytes, struct buf *b, struct err *e);

/* A whole file as memory: mapped where it is a plain regular file, read where it is a pipe, stdin or gzip. Other devices may
 * have no end: ERR_SYSTEM. */
struct blob {
	const unsigned char *data;
	size_t n;
	void *mapped; /* or NULL, then owned points to the bytes */
	void *owned;
};
MUST_CHECK int blob_open(struct blob *b, const char *path, struct err *e);
void blob_close(struct blob *b);
/* n bytes at p are not needed soon: where the file is mapped, they no longer count as this process's memory. */
void blob_forget(const struct blob *b, const void *p, size_t n);

/* Whether path can be made a file, as far as its folder tells: before long work, so as not to fail behind it. "-" can.
 * ERR_SYSTEM. */
MUST_CHECK int out_check(const char *path, struct err *e);
/* ERR_SYSTEM where path is a directory, in whose place no file can come. */
MUST_CHECK int out_check_file(const char *path, struct err *e);
struct out;
/* Owner of *out: caller, who ends it with out_commit or out_abandon. */
MUST_CHECK int out_open(struct out **out, const char *path, struct err *e);
/* ERR_SYSTEM on a failed write; ERR_CLOSED where the reader of a pipe has gone. */
MUST_CHECK int out_write(struct out *o, const void *p, size_t n_bytes, struct err *e);
/* Flush, check, fsync, rename; frees o in any case. stdout is flushed and checked. */
MUST_CHECK int out_commit(struct out *o, struct err *e);
/* Throw away what was written (the final name keeps its old content); frees o. NULL is fine. */
void out_abandon(struct out *o);

#endif
