/* spool.c: see spool.h. */
#include "io/spool.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct spool {
	FILE *file;
	const char *directory;
};

static int open_unlinked(const char *directory)
{
	char *path = mem_printf("%s/recpipe-spool-XXXXXX", directory);
	int fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	mem_free(path);
	return fd;
}

int spool_open(struct spool **out, struct err *e)
{
	const char *directory = getenv("TMPDIR");
	if (!directory || !*directory)
		directory = "/tmp";
	int fd = open_unlinked(directory);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w+");
	if (!file) {
		err_system(e, "cannot make a temporary file in %s", directory);
		if (fd >= 0)
			close(fd);
		return ERR_SYSTEM;
	}
	*out = MEM_NEW(1, struct spool);
	**out = (struct spool){ file, directory };
	return 0;
}

int spool_write(struct spool *s, const void *p, size_t n_bytes, struct err *e)
{
	if (n_bytes && fwrite(p, 1, n_bytes, s->file) != n_bytes)
		return err_system(e, "cannot write a temporary file in %s", s->directory);
	return 0;
}

int spool_peek(struct spool *s, uint64_t at, void *p, size_t n_bytes, struct err *e)
{
	if (fflush(s->file))
		return err_system(e, "cannot write a temporary file in %s", s->directory);
	for (size_t done = 0; done < n_bytes;) {
		errno = EIO; /* an early end */
		ssize_t got = pread(fileno(s->file), (char *)p + done, n_bytes - done, (off_t)(at + done));
		if (got == 0 || (got < 0 && errno != EINTR))
			return err_system(e, "cannot read a temporary file in %s", s->directory);
		done += got > 0 ? (size_t)got : 0;
	}
	return 0;
}

int spool_rewind(struct spool *s, struct err *e)
{
	if (fflush(s->file) || fseek(s->file, 0, SEEK_SET))
		return err_system(e, "cannot write a temporary file in %s", s->directory);
	return 0;
}

int spool_read(struct spool *s, void *p, size_t n_bytes, struct err *e)
{
	errno = 0;
	if (n_bytes && fread(p, 1, n_bytes, s->file) != n_bytes)
		return err_system(e, "cannot read a temporary file in %s", s->directory);
	return 0;
}

int spool_fd(const struct spool *s)
{
	return fileno(s->file);
}

void spool_free(struct spool *s)
{
	if (!s)
		return;
	fclose(s->file);
	mem_free(s);
}
