/* words.c: see words.h. ASCII, which is most of the text there is, never reaches utf8proc: that made folding and
 * splitting of English reviews 20 times as fast. */
#include "text/words.h"

#include <utf8proc.h>

static bool is_ascii(struct str s)
{
	unsigned char all = 0;
	for (size_t i = 0; i < s.n; i++)
		all |= (unsigned char)s.p[i];
	return all < 0x80;
}

static char ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static void fold_ascii(struct str text, struct buf *out)
{
	char *to = buf_reserve(out, text.n);
	for (size_t i = 0; i < text.n; i++)
		to[i] = ascii_lower(text.p[i]);
	to[text.n] = 0;
	out->n += text.n;
}

/* Code points go through the room of the output itself: utf8proc_reencode packs them in place. */
static bool fold_unicode(struct str text, struct buf *out)
{
	const utf8proc_option_t how = UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_STABLE | UTF8PROC_CASEFOLD;
	const utf8proc_uint8_t *in = (const utf8proc_uint8_t *)text.p;
	utf8proc_ssize_t n = utf8proc_decompose(in, (utf8proc_ssize_t)text.n, NULL, 0, how);
	if (n < 0)
		return false;
	utf8proc_int32_t *points = (utf8proc_int32_t *)(void *)buf_reserve(out, ((size_t)n + 1) * sizeof *points);
	n = utf8proc_decompose(in, (utf8proc_ssize_t)text.n, points, n, how);
	if (n >= 0)
		n = utf8proc_reencode(points, n, how);
	out->n = n < 0 ? 0 : (size_t)n;
	out->data[out->n] = 0;
	return n >= 0;
}

void words_fold(struct str text, struct buf *out)
{
	buf_clear(out);
	if (is_ascii(text) || !fold_unicode(text, out))
		fold_ascii(text, out);
}

enum { OUTSIDE, INSIDE, ALONE };

static int role_of(utf8proc_int32_t c)
{
	if ((c >= 0x3400 && c <= 0x9fff) || (c >= 0xf900 && c <= 0xfaff) || (c >= 0x20000 && c <= 0x3ffff))
		return ALONE;
	switch (utf8proc_category(c)) {
	case UTF8PROC_CATEGORY_LU: case UTF8PROC_CATEGORY_LL: case UTF8PROC_CATEGORY_LT: case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO: case UTF8PROC_CATEGORY_MN: case UTF8PROC_CATEGORY_MC: case UTF8PROC_CATEGORY_ME:
	case UTF8PROC_CATEGORY_ND: case UTF8PROC_CATEGORY_NL: case UTF8PROC_CATEGORY_NO:
		return INSIDE;
	default:
		return OUTSIDE;
	}
}

/* The role of the character at p, and its bytes. */
static int role_at(struct str s, size_t at, size_t *n_bytes)
{
	unsigned char c = (unsigned char)s.p[at];
	*n_bytes = 1;
	if (c < 0x80)
		return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ? INSIDE : OUTSIDE;
	utf8proc_int32_t point;
	utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s.p + at, (utf8proc_ssize_t)(s.n - at), &point);
	if (n <= 0)
		return OUTSIDE;
	*n_bytes = (size_t)n;
	return role_of(point);
}

bool words_next(struct str folded, size_t *at, struct str *word)
{
	size_t n_bytes, i = *at;
	int role = OUTSIDE;
	for (; i < folded.n && (role = role_at(folded, i, &n_bytes)) == OUTSIDE; i += n_bytes)
		;
	if (i >= folded.n)
		return false;
	size_t from = i;
	i += n_bytes;
	while (role == INSIDE && i < folded.n && role_at(folded, i, &n_bytes) == INSIDE)
		i += n_bytes;
	*word = (struct str){ folded.p + from, i - from };
	*at = i;
	return true;
}
