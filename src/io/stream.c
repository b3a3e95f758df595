/* stream.c: input, and files as memory; see stream.h. Output is out.c. */
#include "io/stream.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { BLOCK = 1 << 17, PEEK_MAX = 4096 };

/* ---- in ---- */

struct in {
	int fd;
	char *name;
	bool is_gzip, member_ended, at_end;
	z_stream z;
	unsigned char *block; /* bytes read and not yet taken: [at, at + n) */
	size_t at, n;
	char *peeked; /* what in_read gives first: [peek_at, peek_at + peek_n); NULL until something was peeked */
	size_t peek_at, peek_n;
};

static int read_some(struct in *in, void *p, size_t n, size_t *got, struct err *e)
{
	ssize_t r;
	*got = 0;
	do
		r = read(in->fd, p, n);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return err_system(e, "cannot read %s", in->name);
	*got = (size_t)r;
	in->at_end = r == 0 && n > 0;
	return 0;
}

/* Until the block holds n_min bytes or the input ends. */
static int fill(struct in *in, size_t n_min, struct err *e)
{
	if (in->n)
		memmove(in->block, in->block + in->at, in->n);
	in->at = 0;
	while (in->n < n_min && !in->at_end) {
		size_t got;
		int rc = read_some(in, in->block + in->n, BLOCK - in->n, &got, e);
		if (rc)
			return rc;
		in->n += got;
	}
	return 0;
}

static bool is_gzip_magic(const unsigned char *p, size_t n)
{
	return n >= 2 && p[0] == 0x1f && p[1] == 0x8b;
}

static int open_file(const char *path, struct stat *st, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_system(e, "cannot open %s", path);
	if (fstat(fd, st) == 0 && S_ISDIR(st->st_mode)) {
		close(fd);
		return err_set(e, ERR_SYSTEM, "cannot read %s: it is a directory", path);
	}
	return fd;
}

static int start_inflate(struct in *in, struct err *e)
{
	enum { GZIP_ONLY = 16 };
	if (inflateInit2(&in->z, MAX_WBITS + GZIP_ONLY) != Z_OK)
		return err_set(e, ERR_SYSTEM, "cannot read %s: zlib cannot start", in->name);
	in->is_gzip = true;
	return 0;
}

/* Takes fd over. */
static int in_of_fd(struct in **out, int fd, const char *path, struct err *e)
{
	struct in *in = MEM_ZNEW(1, struct in);
	in->fd = fd;
	in->name = mem_strdup(strcmp(path, "-") ? path : "stdin");
	in->block = mem_alloc(BLOCK, 1);
	int rc = fill(in, 2, e);
	if (!rc && is_gzip_magic(in->block, in->n))
		rc = start_inflate(in, e);
	if (rc)
		in_close(in);
	else
		*out = in;
	return rc;
}

int in_open(struct in **out, const char *path, struct err *e)
{
	struct stat st;
	int fd = strcmp(path, "-") ? open_file(path, &st, e) : STDIN_FILENO;
	return fd < 0 ? fd : in_of_fd(out, fd, path, e);
}

/* What follows a member: the next one, padding of zeros, or the end. */
static int next_member(struct in *in, struct err *e)
{
	for (;;) {
		int rc = fill(in, 2, e);
		if (rc)
			return rc;
		while (in->n && in->block[in->at] == 0) {
			in->at++;
			in->n--;
		}
		if (in->n >= 2 || in->at_end)
			break;
	}
	if (!in->n)
		return 0;
	if (!is_gzip_magic(in->block + in->at, in->n))
		return err_data(e, "%s: something that is not gzip follows the gzip data", in->name);
	inflateReset(&in->z);
	in->member_ended = false;
	return 0;
}

static int inflate_some(struct in *in, void *p, size_t n, size_t *got, struct err *e)
{
	enum { MOST = 1 << 30 }; /* zlib counts in unsigned int */
	in->z.next_out = p;
	in->z.avail_out = (unsigned)(n < MOST ? n : MOST);
	unsigned room = in->z.avail_out;
	while (in->z.avail_out == room) {
		int rc = in->member_ended ? next_member(in, e) : in->n ? 0 : fill(in, 1, e);
		if (rc)
			return rc;
		if (in->member_ended)
			break;
		if (!in->n)
			return err_data(e, "%s: the gzip data ends too early (is the file cut off?)", in->name);
		in->z.next_in = in->block + in->at;
		in->z.avail_in = (unsigned)in->n;
		int z = inflate(&in->z, Z_NO_FLUSH);
		in->at += in->n - in->z.avail_in;
		in->n = in->z.avail_in;
		if (z != Z_OK && z != Z_STREAM_END)
			return err_data(e, "%s: bad gzip data: %s", in->name, in->z.msg ? in->z.msg : "inflate failed");
		in->member_ended = z == Z_STREAM_END;
	}
	*got = room - in->z.avail_out;
	return 0;
}

/* As in_read, n > 0, but past what was peeked. */
static int read_fresh(struct in *in, void *p, size_t n, size_t *got, struct err *e)
{
	*got = 0;
	if (in->is_gzip)
		return inflate_some(in, p, n, got, e);
	if (in->n) {
		*got = n < in->n ? n : in->n;
		memcpy(p, in->block + in->at, *got);
		in->at += *got;
		in->n -= *got;
		return 0;
	}
	return in->at_end ? 0 : read_some(in, p, n, got, e);
}

int in_read(struct in *in, void *p, size_t n, size_t *got, struct err *e)
{
	*got = n < in->peek_n ? n : in->peek_n;
	if (!*got)
		return n ? read_fresh(in, p, n, got, e) : 0;
	memcpy(p, in->peeked + in->peek_at, *got);
	in->peek_at += *got;
	in->peek_n -= *got;
	return 0;
}

int in_peek(struct in *in, size_t n, const char **p, size_t *got, struct err *e)
{
	if (!in->peeked)
		in->peeked = mem_alloc(PEEK_MAX, 1);
	memmove(in->peeked, in->peeked + in->peek_at, in->peek_n);
	in->peek_at = 0;
	size_t want = n < PEEK_MAX ? n : PEEK_MAX, more = 1;
	while (in->peek_n < want && more) {
		int rc = read_fresh(in, in->peeked + in->peek_n, PEEK_MAX - in->peek_n, &more, e);
		if (rc)
			return rc;
		in->peek_n += more;
	}
	*p = in->peeked;
	*got = want < in->peek_n ? want : in->peek_n;
	return 0;
}

double in_share(const struct in *in)
{
	struct stat st;
	off_t at = lseek(in->fd, 0, SEEK_CUR);
	return at > 0 && fstat(in->fd, &st) == 0 && S_ISREG(st.st_mode) && at <= st.st_size ? (double)at / (double)st.st_size : 0;
}

const char *in_name(const struct in *in)
{
	return in->name;
}

void in_close(struct in *in)
{
	if (!in)
		return;
	if (in->is_gzip)
		inflateEnd(&in->z);
	if (in->fd != STDIN_FILENO)
		close(in->fd);
	mem_free(in->peeked);
	mem_free(in->block);
	mem_free(in->name);
	mem_free(in);
}

/* Appends all that is left. */
static int read_rest(struct in *in, size_t max_bytes, struct buf *b, struct err *e)
{
	size_t start = b->n;
	for (;;) {
		size_t got;
		char *at = buf_reserve(b, BLOCK);
		int rc = in_read(in, at, b->capacity - b->n - 1, &got, e);
		if (rc || !got)
			return rc;
		b->n += got;
		b->data[b->n] = 0;
		if (b->n - start > max_bytes)
			return err_data(e, "%s: larger than the %zu bytes it may have", in->name, max_bytes);
	}
}

int in_read_all(const char *path, size_t max_bytes, struct buf *b, struct err *e)
{
	struct in *in;
	int rc = in_open(&in, path, e);
	if (rc)
		return rc;
	rc = read_rest(in, max_bytes, b, e);
	in_close(in);
	return rc;
}

/* ---- blob ---- */

/* 1 if the file was mapped, 0 if it has to be read. */
static int map_file(struct blob *b, int fd, const struct stat *st)
{
	unsigned char magic[2];
	if (!S_ISREG(st->st_mode) || st->st_size <= 0)
		return 0;
	ssize_t n = pread(fd, magic, sizeof magic, 0);
	if (n < 0 || is_gzip_magic(magic, (size_t)n))
		return 0;
	void *p = mmap(NULL, (size_t)st->st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return 0;
	*b = (struct blob){ p, (size_t)st->st_size, p, NULL };
	return 1;
}

int blob_open(struct blob *b, const char *path, struct err *e)
{
	*b = (struct blob){ NULL, 0, NULL, NULL };
	int fd = STDIN_FILENO;
	if (strcmp(path, "-")) {
		struct stat st;
		fd = open_file(path, &st, e);
		if (fd < 0)
			return fd;
		bool mapped = map_file(b, fd, &st), device = S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode);
		if (mapped || device)
			close(fd);
		if (mapped || device)
			return mapped ? 0 : err_set(e, ERR_SYSTEM, "cannot read %s: it is a device, not a file", path);
	}
	struct in *in;
	struct buf all = BUF_INIT;
	int rc = in_of_fd(&in, fd, path, e);
	if (rc)
		return rc;
	rc = read_rest(in, SIZE_MAX, &all, e);
	in_close(in);
	if (rc)
		buf_release(&all);
	else
		*b = (struct blob){ (const unsigned char *)buf_text(&all), all.n, NULL, all.data };
	return rc;
}

void blob_close(struct blob *b)
{
	if (b->mapped)
		munmap(b->mapped, b->n);
	mem_free(b->owned);
	*b = (struct blob){ NULL, 0, NULL, NULL };
}

void blob_forget(const struct blob *b, const void *p, size_t n)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), from = (uintptr_t)p / page * page;
	if (b->mapped && n)
		madvise((void *)from, (uintptr_t)p + n - from, MADV_DONTNEED); /* a hint */
}
