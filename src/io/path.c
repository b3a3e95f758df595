/* path.c: see path.h. */
#include "io/path.h"
#include "base/mem.h"

#include <string.h>
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
