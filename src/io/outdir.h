/* outdir.h: a directory as output, which appears whole or not at all, as files do (io/stream.h).
 *
 * Its files are written into a directory beside it, which takes its name at the end: where the name was free by a rename,
 * otherwise by an exchange. Then what the old directory had beside is moved into the new one, and the rest of the old one is
 * removed. What is killed on the way leaves the old one or the new one, and a directory ".recpipe-PID-N.tmp" beside it. */
#ifndef RECPIPE_IO_OUTDIR_H
#define RECPIPE_IO_OUTDIR_H

#include "base/err.h"

/* Whether path may become such a directory: before long work, so as not to fail behind it. What is there already must be a
 * directory that is empty or holds `mark`, the file by which its kind is known ("config.json"), and not the working
 * directory or one that it lies in: ERR_USAGE otherwise. ERR_SYSTEM where nothing can be made there. */
MUST_CHECK int outdir_check(const char *path, const char *mark, struct err *e);

struct outdir;
/* Owner of *out: caller, who ends it with outdir_commit or outdir_abandon. Errors as outdir_check. */
MUST_CHECK int outdir_open(struct outdir **out, const char *path, const char *mark, struct err *e);
/* Where its files are to be written. Borrowed. */
const char *outdir_path(const struct outdir *o);
/* It takes its name. Ends o in any case. */
MUST_CHECK int outdir_commit(struct outdir *o, struct err *e);
/* Nothing happened. Ends o. */
void outdir_abandon(struct outdir *o);

#endif
