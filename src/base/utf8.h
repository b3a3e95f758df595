/* utf8.h: what counts as text: UTF-8 (RFC 3629: no surrogates, no overlong forms, nothing above U+10FFFF) without NUL. */
#ifndef RECPIPE_BASE_UTF8_H
#define RECPIPE_BASE_UTF8_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

/* True for the empty string too. Runs of ASCII cost a fraction of a nanosecond a byte. */
bool utf8_is_text(struct str s);

/* Append the text with each maximal invalid part as U+FFFD. */
void utf8_put_valid(struct buf *out, struct str text);

/* Unicode's White_Space. */
bool utf8_is_white(uint32_t c);

/* The code point at p, of which room > 0 bytes are there, and its length in *n; or U+FFFD with the length of the maximal
 * invalid part (Unicode, table 3-7), as in Python's errors="replace". */
static inline uint32_t utf8_next(const unsigned char *p, size_t room, size_t *n)
{
	uint32_t c = p[0];
	*n = 1;
	if (c < 0x80)
		return c;
	size_t want = c >= 0xf0 && c <= 0xf4 ? 3 : c >= 0xe0 && c < 0xf0 ? 2 : c >= 0xc2 && c < 0xe0 ? 1 : 0;
	if (!want)
		return 0xfffd;
	unsigned low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80, high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
	c &= 0x3fu >> want;
	for (size_t i = 1; i <= want; i++) {
		if (i == room || p[i] < low || p[i] > high)
			return 0xfffd;
		c = c << 6 | (p[i] & 0x3f);
		*n = i + 1;
		low = 0x80;
		high = 0xbf;
	}
	return c;
}

#endif
