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

/* path without slashes at its end. Owner: caller. */
static char *entry(const char *path)
{
	size_t n = strlen(path);
	while (n > 1 && path[n - 1] == '/')
		n--;
	return mem_printf("%.*s", (int)n, path);
}

bool path_same_entry(const char *a, const char *b)
{
	char *entry_a = entry(a), *entry_b = entry(b);
	char *directory_a = path_directory(entry_a), *directory_b = path_directory(entry_b);
	const char *slash_a = strrchr(entry_a, '/'), *slash_b = strrchr(entry_b, '/');
	struct stat in_a, in_b;
	bool same = !strcmp(entry_a, entry_b) ||
		    (!strcmp(slash_a ? slash_a + 1 : entry_a, slash_b ? slash_b + 1 : entry_b) && !stat(directory_a, &in_a) &&
		     !stat(directory_b, &in_b) && in_a.st_dev == in_b.st_dev && in_a.st_ino == in_b.st_ino);
	mem_free(entry_a);
	mem_free(entry_b);
	mem_free(directory_a);
	mem_free(directory_b);
	return same;
}
