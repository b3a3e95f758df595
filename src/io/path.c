/* path.c: see path.h. */
#include "io/path.h"
#include "base/mem.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *path_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? mem_printf("%.*s", (int)(slash - path + 1), path) : mem_strdup("./");
}

char *path_temporary(const char *path, unsigned n)
{
	char *directory = path_directory(path);
	char *name = mem_printf("%s.recpipe-%ld-%u.tmp", directory, (long)getpid(), n);
	mem_free(directory);
	return name;
}

bool path_same_file(const char *in, const char *out)
{
	struct stat a, b;
	if (strcmp(in, "-") ? stat(in, &a) : fstat(STDIN_FILENO, &a))
		return !strcmp(in, out);
	if (strcmp(out, "-") ? stat(out, &b) : fstat(STDOUT_FILENO, &b))
		return false;
	return a.st_dev == b.st_dev && a.st_ino == b.st_ino && (S_ISREG(a.st_mode) || S_ISDIR(a.st_mode));
}
