/* when.h: times as people and machines write them, to seconds since 1970 UTC and back. */
#ifndef RECPIPE_DATA_WHEN_H
#define RECPIPE_DATA_WHEN_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>

/* How a time is written. "auto": a number of seconds, or ISO 8601. "unix": seconds. "unix-ms": milliseconds. "iso":
 * ISO 8601 date, or date and time to the minute or finer with "T" or a blank between, and zone Z, +hh, +hhmm, +hh:mm
 * or none (UTC). Anything with a '%': a pattern of strptime(3), UTC unless it holds %z. */
enum when_kind { WHEN_AUTO, WHEN_UNIX, WHEN_UNIX_MS, WHEN_ISO, WHEN_PATTERN };
struct when_format {
	enum when_kind kind;
	const char *pattern;
};
MUST_CHECK int when_format_parse(const char *text, struct when_format *f, struct err *e);
/* True and *seconds set; false where the text is no such time (also 30 February) and all of it. text is NUL-terminated
 * besides. */
bool when_parse(const struct when_format *f, struct str text, double *seconds);
/* "1997-09-20T03:05:10Z", cut to whole seconds. */
void when_put(double seconds, struct buf *out);

#endif
