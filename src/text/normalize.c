/* normalize.c: see normalize.h. ASCII text, which NFKC leaves as it is, does not reach utf8proc. */
#include "text/normalize.h"
#include "base/mem.h"

#include <utf8proc.h>

static bool is_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

static void put_ascii(struct str s, bool lower, struct buf *out)
{
	char *to = buf_reserve(out, s.n);
	for (size_t i = 0; i < s.n; i++)
		to[i] = lower && s.p[i] >= 'A' && s.p[i] <= 'Z' ? (char)(s.p[i] + ('a' - 'A')) : s.p[i];
	to[s.n] = 0;
	out->n += s.n;
}

static utf8proc_int32_t lower_of(utf8proc_int32_t c, void *unused)
{
	(void)unused;
	return utf8proc_tolower(c);
}

static utf8proc_option_t options_of(enum text_form form)
{
	switch (form) {
	case TEXT_NFKC: return UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT;
	case TEXT_FOLD: return UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD;
	default: return 0;
	}
}

bool text_form(struct str text, enum text_form form, struct buf *out)
{
	if (is_ascii(text)) {
		put_ascii(text, form != TEXT_NFKC, out);
		return true;
	}
	const utf8proc_option_t how = options_of(form);
	const utf8proc_uint8_t *in = (const utf8proc_uint8_t *)text.p;
	utf8proc_custom_func each = form == TEXT_LOWER ? lower_of : NULL;
	utf8proc_ssize_t n = utf8proc_decompose_custom(in, (utf8proc_ssize_t)text.n, NULL, 0, how, each, NULL);
	if (n < 0)
		return false;
	utf8proc_int32_t *points = MEM_NEW((size_t)n + 1, utf8proc_int32_t); /* + 1: reencode ends it with a NUL */
	n = utf8proc_decompose_custom(in, (utf8proc_ssize_t)text.n, points, n, how, each, NULL);
	n = n < 0 ? n : utf8proc_reencode(points, n, how);
	if (n >= 0)
		buf_add(out, points, (size_t)n);
	mem_free(points);
	return n >= 0;
}
