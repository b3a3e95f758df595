/* utf8.c: see utf8.h. */
#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

enum { RUN = 64 };

/* RUN bytes, none of them NUL or above 0x7f: a loop that compilers turn into vector code. */
static bool run_is_ascii(const unsigned char *p)
{
	unsigned char bad = 0;
	for (size_t i = 0; i < RUN; i++)
		bad |= (unsigned char)(p[i] - 1) | p[i]; /* NUL - 1 sets the high bit */
	return !(bad & 0x80);
}

static bool word_is_ascii(const unsigned char *p)
{
	const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
	uint64_t w;
	memcpy(&w, p, sizeof w);
	return !(((w - ones) | w) & highs); /* a borrow only leaves a byte that is itself NUL or follows one */
}

/* Bytes of the sequence at p, of which n > 0 are there; 0 if it is not valid. Table 3-7 of the Unicode Standard. */
static size_t sequence_length(const unsigned char *p, size_t n)
{
	unsigned c = p[0];
	if (c - 1 < 0x7f)
		return 1;
	size_t len = c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
	if (!len || n < len)
		return 0;
	unsigned low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
	unsigned high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

bool utf8_is_text(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	for (size_t n = s.n; n;) {
		size_t len;
		if (n >= RUN && run_is_ascii(p))
			len = RUN;
		else if (n >= 8 && word_is_ascii(p))
			len = 8;
		else if (!(len = sequence_length(p, n)))
			return false;
		p += len;
		n -= len;
	}
	return true;
}

void utf8_put_valid(struct buf *out, struct str text)
{
	for (size_t i = 0, step; i < text.n; i += step) {
		bool bad = utf8_next((const unsigned char *)text.p + i, text.n - i, &step) == 0xfffd;
		buf_addstr(out, bad ? STR("\xef\xbf\xbd") : (struct str){ text.p + i, step });
	}
}

bool utf8_is_white(uint32_t c)
{
	return (c >= 9 && c <= 13) || c == ' ' || c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
	       c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}
