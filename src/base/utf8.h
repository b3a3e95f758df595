/* utf8.h: what counts as text: UTF-8 (RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF) without NUL. */
#ifndef RECPIPE_BASE_UTF8_H
#define RECPIPE_BASE_UTF8_H

#include "base/buf.h"

#include <stdbool.h>

/* True for the empty string too. Runs of ASCII cost a fraction of a nanosecond a byte. */
bool utf8_is_text(struct str s);

#endif
