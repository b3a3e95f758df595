/* charsmap.c: see charsmap.h. The bytes come from a file: every step in the trie is checked. */
#include "text/charsmap.h"
#include "base/utf8.h"

#include <stdbool.h>
#include <string.h>
#include <utf8proc.h>

enum { WHOLE_CLUSTER = 6 }; /* clusters of fewer bytes are looked up as a whole */

static int base64_value(char c)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(alphabet, c) : NULL;
	return at ? (int)(at - alphabet) : -1;
}

static bool decode_base64(struct str s, struct buf *out)
{
	uint32_t bits = 0;
	unsigned n_bits = 0;
	while (s.n && s.p[s.n - 1] == '=')
		s.n--;
	for (size_t i = 0; i < s.n; i++) {
		int v = base64_value(s.p[i]);
		if (v < 0)
			return false;
		bits = (bits << 6 | (uint32_t)v) & 0xffff;
		n_bits += 6;
		if (n_bits >= 8)
			buf_putc(out, (char)(bits >> (n_bits -= 8) & 0xff));
	}
	return true;
}

static uint32_t word_at(const struct charsmap *m, size_t i)
{
	const unsigned char *p = (const unsigned char *)m->bytes.data + 4 * i;
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

int charsmap_load(struct charsmap *m, struct str base64, struct err *e)
{
	*m = (struct charsmap){ 0 };
	if (!decode_base64(base64, &m->bytes))
		return err_data(e, "precompiled_charsmap is not base64");
	size_t n = m->bytes.n;
	m->n_units = n > 4 ? word_at(m, 0) / 4 : 0;
	if (!m->n_units || 4 + 4 * m->n_units >= n || m->bytes.data[n - 1] != 0)
		return err_data(e, "precompiled_charsmap is not a trie and its replacements");
	return 0;
}

void charsmap_release(struct charsmap *m)
{
	buf_release(&m->bytes);
}

/* Units: bit 31 and the low byte are a label, bit 8 tells that a value follows, the rest is an offset. */
static size_t offset_of(uint32_t unit)
{
	return (size_t)(unit >> 10) << ((unit & 1u << 9) >> 6);
}

/* What the shortest prefix of s in the trie is replaced by; else *to stays. */
static bool find(const struct charsmap *m, struct str s, struct str *to)
{
	size_t at = offset_of(word_at(m, 1));
	for (size_t i = 0; i < s.n && s.p[i]; i++) {
		at ^= (unsigned char)s.p[i];
		uint32_t unit = at < m->n_units ? word_at(m, 1 + at) : 1u << 31;
		if ((unit & (1u << 31 | 0xff)) != (unsigned char)s.p[i])
			return false;
		at ^= offset_of(unit);
		if (!(unit & 1u << 8))
			continue;
		size_t from = at < m->n_units ? word_at(m, 1 + at) & 0x7fffffff : SIZE_MAX, first = 4 + 4 * m->n_units;
		if (from >= m->bytes.n - first)
			return false;
		*to = str_of(m->bytes.data + first + from);
		return true;
	}
	return false;
}

/* The first grapheme cluster of s: its bytes. */
static size_t cluster(struct str s)
{
	utf8proc_int32_t state = 0;
	const unsigned char *p = (const unsigned char *)s.p;
	size_t n, step;
	uint32_t last = utf8_next(p, s.n, &n);
	while (n < s.n) {
		uint32_t next = utf8_next(p + n, s.n - n, &step);
		if (utf8proc_grapheme_break_stateful((utf8proc_int32_t)last, (utf8proc_int32_t)next, &state))
			break;
		n += step;
		last = next;
	}
	return n;
}

static void apply_cluster(const struct charsmap *m, struct str s, struct buf *out)
{
	struct str to;
	if (s.n < WHOLE_CLUSTER && find(m, s, &to)) {
		buf_addstr(out, to);
		return;
	}
	for (size_t i = 0, step; i < s.n; i += step) {
		(void)utf8_next((const unsigned char *)s.p + i, s.n - i, &step);
		to = (struct str){ s.p + i, step };
		(void)find(m, to, &to);
		buf_addstr(out, to);
	}
}

/* A printable ASCII character followed by another is a cluster of its own. */
static bool is_plain(struct str s)
{
	return s.p[0] >= ' ' && s.p[0] < 0x7f && (s.n == 1 || (s.p[1] >= ' ' && s.p[1] < 0x7f));
}

void charsmap_apply(const struct charsmap *m, struct str text, struct buf *out)
{
	for (size_t i = 0, n; i < text.n; i += n) {
		struct str rest = { text.p + i, text.n - i };
		n = is_plain(rest) ? 1 : cluster(rest);
		apply_cluster(m, (struct str){ rest.p, n }, out);
	}
}
