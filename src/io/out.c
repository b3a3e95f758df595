/* out.c: output streams; see stream.h.
 *
 * Output to a regular file goes to an unnamed file (O_TMPFILE) in the same directory, which gets its name by linkat, so
 * that even a killed process leaves nothing behind. linkat does not replace, so an old file is replaced by linkat to a
 * name beside it and a rename. File systems without O_TMPFILE get a named temporary file from the start, which only an
 * interrupt can leave there. A device or a FIFO is written into. */
#include "base/mem.h"
#include "io/path.h"
#include "io/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { BLOCK = 1 << 17 };

struct out {
	int fd;
	char *name;      /* for messages */
	char *final;     /* the name to take, or NULL where fd is written into directly */
	char *temporary; /* the named temporary file, or NULL where it has no name */
	bool is_gzip;
	z_stream z;
	unsigned char *block; /* bytes not yet written (compressed ones where is_gzip) */
	size_t n;
};

static int write_all(struct out *o, const void *p, size_t n, struct err *e)
{
	for (const char *at = p; n;) {
		ssize_t w = write(o->fd, at, n);
		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0 && errno == EPIPE)
			return err_set(e, ERR_CLOSED, "%s was closed by its reader", o->name);
		if (w < 0)
			return err_system(e, "cannot write %s", o->name);
		at += w;
		n -= (size_t)w;
	}
	return 0;
}

int out_check(const char *path, struct err *e)
{
	struct stat st;
	if (!strcmp(path, "-") || (stat(path, &st) == 0 && !S_ISREG(st.st_mode)))
		return 0;
	size_t n = strlen(path);
	while (n > 1 && path[n - 1] == '/')
		n--;
	char *plain = mem_printf("%.*s", (int)n, path), *directory = path_directory(plain);
	int rc = *path && access(directory, W_OK | X_OK) != 0 ? err_system(e, "cannot write %s", path) : 0;
	mem_free(directory);
	mem_free(plain);
	return rc;
}

int out_check_file(const char *path, struct err *e)
{
	struct stat st;
	if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
		return 0;
	errno = EISDIR;
	return err_system(e, "cannot write %s", path);
}

static int open_named_temporary(struct out *o)
{
	for (unsigned n = 0; n < PATH_TEMPORARIES; n++) {
		o->temporary = path_temporary(o->final, n);
		o->fd = open(o->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (o->fd >= 0)
			return 0;
		mem_free(o->temporary);
		o->temporary = NULL;
		if (errno != EEXIST)
			break;
	}
	return -1;
}

static int open_temporary(struct out *o, struct err *e)
{
	char *directory = path_directory(o->final);
	o->fd = access("/proc/self/fd", X_OK) == 0 ? open(directory, O_WRONLY | O_TMPFILE | O_CLOEXEC, 0666) : -1;
	mem_free(directory);
	if (o->fd < 0 && open_named_temporary(o) != 0)
		return err_system(e, "cannot write %s", o->name);
	return 0;
}

/* An old regular file is replaced and hands its permissions on; what is no regular file is written into. */
static int open_path(struct out *o, const char *path, struct err *e)
{
	struct stat st;
	bool exists = stat(path, &st) == 0;
	if (!*path)
		return err_set(e, ERR_SYSTEM, "cannot write to a file whose name is empty");
	if (exists && S_ISDIR(st.st_mode))
		return err_set(e, ERR_SYSTEM, "cannot write %s: it is a directory", path);
	if (exists && !S_ISREG(st.st_mode)) {
		o->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
		return o->fd < 0 ? err_system(e, "cannot write %s", path) : 0;
	}
	char *real = exists ? realpath(path, NULL) : NULL; /* a link stays, its target is replaced */
	o->final = mem_strdup(real ? real : path);
	mem_free(real);
	int rc = open_temporary(o, e);
	if (!rc && exists && fchmod(o->fd, st.st_mode & 0777) != 0)
		rc = err_system(e, "cannot write %s", path);
	return rc;
}

static bool ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);
	return n >= m && !strcmp(s + n - m, end);
}

static int start_deflate(struct out *o, struct err *e)
{
	enum { GZIP = 16, MEMORY = 8 };
	if (deflateInit2(&o->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + GZIP, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
		return err_set(e, ERR_SYSTEM, "cannot write %s: zlib cannot start", o->name);
	o->is_gzip = true;
	return 0;
}

int out_open(struct out **out, const char *path, struct err *e)
{
	struct out *o = MEM_ZNEW(1, struct out);
	o->fd = STDOUT_FILENO;
	o->name = mem_strdup(strcmp(path, "-") ? path : "stdout");
	o->block = mem_alloc(BLOCK, 1);
	int rc = strcmp(path, "-") ? open_path(o, path, e) : 0;
	if (!rc && ends_in(path, ".gz"))
		rc = start_deflate(o, e);
	if (rc)
		out_abandon(o);
	else
		*out = o;
	return rc;
}

static int flush_block(struct out *o, struct err *e)
{
	size_t n = o->n;
	o->n = 0;
	return write_all(o, o->block, n, e);
}

static int deflate_some(struct out *o, const void *p, size_t n, int flush, struct err *e)
{
	o->z.next_in = (unsigned char *)(uintptr_t)p;
	o->z.avail_in = (unsigned)n;
	for (;;) {
		o->z.next_out = o->block + o->n;
		o->z.avail_out = (unsigned)(BLOCK - o->n);
		int z = deflate(&o->z, flush);
		o->n = BLOCK - o->z.avail_out;
		bool full = o->z.avail_out == 0;
		int rc = full ? flush_block(o, e) : 0;
		if (rc)
			return rc;
		if (flush == Z_FINISH ? z == Z_STREAM_END : !full)
			return 0;
	}
}

int out_write(struct out *o, const void *p, size_t n_bytes, struct err *e)
{
	enum { PIECE = 1 << 30 }; /* zlib counts in unsigned int */
	const char *at = p;
	int rc = 0;
	while (o->is_gzip && n_bytes && !rc) {
		size_t n = n_bytes < PIECE ? n_bytes : PIECE;
		rc = deflate_some(o, at, n, Z_NO_FLUSH, e);
		at += n;
		n_bytes -= n;
	}
	if (rc || !n_bytes)
		return rc;
	if (n_bytes > BLOCK - o->n)
		rc = flush_block(o, e);
	if (rc || n_bytes >= BLOCK)
		return rc ? rc : write_all(o, at, n_bytes, e);
	memcpy(o->block + o->n, at, n_bytes);
	o->n += n_bytes;
	return 0;
}

/* Give the unnamed file a name: the final one where it is free, else one beside it, which is then renamed. */
static int link_unnamed(struct out *o)
{
	char *self = mem_printf("/proc/self/fd/%d", o->fd);
	int rc = linkat(AT_FDCWD, self, AT_FDCWD, o->final, AT_SYMLINK_FOLLOW);
	for (unsigned n = 0; rc != 0 && errno == EEXIST && n < PATH_TEMPORARIES; n++) {
		mem_free(o->temporary);
		o->temporary = path_temporary(o->final, n);
		rc = linkat(AT_FDCWD, self, AT_FDCWD, o->temporary, AT_SYMLINK_FOLLOW);
		if (rc == 0)
			break;
	}
	if (rc != 0) {
		mem_free(o->temporary);
		o->temporary = NULL;
	}
	mem_free(self);
	return rc;
}

static int take_name(struct out *o, struct err *e)
{
	if (fsync(o->fd) != 0 || (!o->temporary && link_unnamed(o) != 0) ||
	    (o->temporary && rename(o->temporary, o->final) != 0))
		return err_system(e, "cannot write %s", o->name);
	mem_free(o->temporary);
	o->temporary = NULL;
	return 0;
}

int out_commit(struct out *o, struct err *e)
{
	int rc = o->is_gzip ? deflate_some(o, NULL, 0, Z_FINISH, e) : 0;
	if (!rc)
		rc = flush_block(o, e);
	if (!rc && o->final)
		rc = take_name(o, e);
	if (!rc && o->fd != STDOUT_FILENO) {
		int fd = o->fd;
		o->fd = -1;
		if (close(fd) != 0)
			rc = err_system(e, "cannot write %s", o->name);
	}
	out_abandon(o);
	return rc;
}

void out_abandon(struct out *o)
{
	if (!o)
		return;
	if (o->temporary)
		unlink(o->temporary);
	if (o->fd >= 0 && o->fd != STDOUT_FILENO)
		close(o->fd);
	if (o->is_gzip)
		deflateEnd(&o->z);
	mem_free(o->temporary);
	mem_free(o->final);
	mem_free(o->block);
	mem_free(o->name);
	mem_free(o);
}
