/* spool.h: a temporary file without a name, written once and then read: what a second pass over a pipe needs.
 *
 * It lies in $TMPDIR (/tmp if unset) and is unlinked at once, so it is gone however the process ends. */
#ifndef RECPIPE_IO_SPOOL_H
#define RECPIPE_IO_SPOOL_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct spool;
/* Owner of *out: caller, by spool_free. Errors are ERR_SYSTEM and name the directory. */
MUST_CHECK int spool_open(struct spool **out, struct err *e);
MUST_CHECK int spool_write(struct spool *s, const void *p, size_t n_bytes, struct err *e);
/* n bytes at an offset, of what was written so far; writing goes on. */
MUST_CHECK int spool_peek(struct spool *s, uint64_t at, void *p, size_t n_bytes, struct err *e);
/* Flush what was written and go to the start: reading begins. May be called again for another pass. */
MUST_CHECK int spool_rewind(struct spool *s, struct err *e);
/* Exactly n bytes; fewer are left: ERR_SYSTEM. */
MUST_CHECK int spool_read(struct spool *s, void *p, size_t n_bytes, struct err *e);
/* The descriptor, valid after spool_rewind; its offset is not used by spool_read. */
int spool_fd(const struct spool *s);
void spool_free(struct spool *s);

#endif
