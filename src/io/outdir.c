/* outdir.c: see outdir.h. */
#include "io/outdir.h"
#include "base/mem.h"
#include "io/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OPEN_FOLDERS = 16 };

struct outdir {
	char *path, *temporary; /* neither ends with a slash */
	bool replaces;          /* a directory that is not empty */
};

/* path without slashes at its end; where it is a link, what it leads to. Owner: caller. */
static char *plain(const char *path)
{
	char *real = realpath(path, NULL);
	char *copy = mem_strdup(real ? real : path);
	mem_free(real);
	for (size_t n = strlen(copy); n > 1 && copy[n - 1] == '/'; n--)
		copy[n - 1] = 0;
	return copy;
}

static bool is_empty(DIR *d)
{
	for (const struct dirent *f; (f = readdir(d));)
		if (strcmp(f->d_name, ".") && strcmp(f->d_name, ".."))
			return false;
	return true;
}

/* Whether the working directory is path (plain) or lies in it. */
static bool holds_us(const char *path)
{
	char *here = realpath(".", NULL);
	size_t n = strlen(path);
	bool holds = here && !strncmp(here, path, n) && (!here[n] || here[n] == '/' || !strcmp(path, "/"));
	mem_free(here);
	return holds;
}

/* What is there already: name as it was given, path as it is. */
static int check_old(const char *name, const char *path, const char *mark, struct err *e)
{
	char *marked = mem_printf("%s/%s", path, mark);
	bool model = access(marked, F_OK) == 0;
	mem_free(marked);
	if (!model)
		return err_usage(e, "%s holds something else than a model (it has no %s): name another directory", name, mark);
	if (holds_us(path))
		return err_usage(e, "%s is the working directory, or holds it: name another directory", name);
	return 0;
}

/* A directory or nothing may be there. */
static int check(const char *name, const char *path, const char *mark, bool *replaces, struct err *e)
{
	*replaces = false;
	DIR *d = opendir(path);
	if (d) {
		*replaces = !is_empty(d);
		closedir(d);
		int rc = *replaces ? check_old(name, path, mark, e) : 0;
		if (rc)
			return rc;
	} else if (errno == ENOTDIR && access(path, F_OK) == 0) {
		return err_usage(e, "%s is there and is no directory", name);
	} else if (errno != ENOENT) {
		return err_system(e, "cannot write %s", name);
	}
	char *parent = path_directory(path);
	int rc = access(parent, W_OK | X_OK) ? err_system(e, "cannot write %s", name) : 0;
	mem_free(parent);
	return rc;
}

int outdir_check(const char *path, const char *mark, struct err *e)
{
	bool replaces;
	char *real = plain(path);
	int rc = check(path, real, mark, &replaces, e);
	mem_free(real);
	return rc;
}

static int make_temporary(struct outdir *o, struct err *e)
{
	for (unsigned n = 0; n < PATH_TEMPORARIES && !o->temporary; n++) {
		o->temporary = path_temporary(o->path, n);
		if (mkdir(o->temporary, 0777) == 0)
			break;
		mem_free(o->temporary);
		o->temporary = NULL;
		if (errno != EEXIST)
			break;
	}
	return o->temporary ? 0 : err_system(e, "cannot write %s", o->path);
}

static void outdir_free(struct outdir *o)
{
	mem_free(o->path);
	mem_free(o->temporary);
	mem_free(o);
}

int outdir_open(struct outdir **out, const char *path, const char *mark, struct err *e)
{
	struct outdir *o = MEM_NEW(1, struct outdir);
	*o = (struct outdir){ .path = plain(path) };
	int rc = check(path, o->path, mark, &o->replaces, e);
	if (!rc)
		rc = make_temporary(o, e);
	if (rc)
		outdir_free(o);
	else
		*out = o;
	return rc;
}

const char *outdir_path(const struct outdir *o)
{
	return o->temporary;
}

static int remove_one(const char *path, const struct stat *s, int type, struct FTW *at)
{
	(void)s;
	(void)type;
	(void)at;
	return remove(path);
}

static int remove_tree(const char *path)
{
	return nftw(path, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
}

/* A name is on the disk once its folder is. */
static int sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 ? -1 : fsync(fd);
	if (fd >= 0)
		close(fd);
	return rc;
}

/* Where the file system cannot exchange, two renames. */
static int exchange(const char *a, const char *b)
{
	if (renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	char *third = mem_printf("%s.old", a);
	int rc = rename(b, third) || rename(a, b) || rename(third, a) ? -1 : 0;
	mem_free(third);
	return rc;
}

/* What `from` has and `to` has not goes there. */
static int move_rest(const char *from, const char *to)
{
	DIR *d = opendir(from);
	int rc = d ? 0 : -1;
	for (const struct dirent *f; !rc && (f = readdir(d));) {
		char *old = mem_printf("%s/%s", from, f->d_name), *new = mem_printf("%s/%s", to, f->d_name);
		if (access(new, F_OK))
			rc = rename(old, new);
		mem_free(old);
		mem_free(new);
	}
	if (d)
		closedir(d);
	return rc;
}

int outdir_commit(struct outdir *o, struct err *e)
{
	char *parent = path_directory(o->path);
	int rc = sync_folder(o->temporary);
	if (!rc)
		rc = o->replaces ? exchange(o->temporary, o->path) : rename(o->temporary, o->path);
	if (rc) {
		rc = err_system(e, "cannot write %s", o->path);
		(void)remove_tree(o->temporary);
	} else if (sync_folder(parent) || (o->replaces && (move_rest(o->temporary, o->path) || remove_tree(o->temporary)))) {
		rc = err_system(e, "%s is written, but what it replaces is still in %s", o->path, o->temporary);
	}
	mem_free(parent);
	outdir_free(o);
	return rc;
}

void outdir_abandon(struct outdir *o)
{
	(void)remove_tree(o->temporary);
	outdir_free(o);
}
