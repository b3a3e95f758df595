/* path.h: names of files and of what stands beside them. */
#ifndef RECPIPE_IO_PATH_H
#define RECPIPE_IO_PATH_H

#include <stdbool.h>

/* The directory that path (which ends with no slash) lies in, with a slash at its end. Owner: caller. */
char *path_directory(const char *path);
/* The n-th name to try for something temporary beside path, n below PATH_TEMPORARIES. Owner: caller. */
char *path_temporary(const char *path, unsigned n);
enum { PATH_TEMPORARIES = 1000 };
/* Whether what is read (- is stdin) and what is written (- is stdout) is one regular file or directory, whatever its two names
 * (links, ./x). A device or a pipe is not. Where there is nothing to read, whether the names are the same. */
bool path_same_file(const char *in, const char *out);
/* Whether both name one entry of one directory, there or not yet (x, ./x, x/). */
bool path_same_entry(const char *a, const char *b);

#endif
