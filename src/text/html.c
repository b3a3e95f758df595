/* html.c: see html.h. */
#include "text/html.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

struct entity {
	const char *name;
	uint16_t point;
	bool bare; /* counts without ';' too */
};
static const struct entity entities[] = {
#include "text/entities.inc"
};
enum { N_ENTITIES = sizeof entities / sizeof *entities, MAX_NAME = 8 };

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static const struct entity *find(struct str name)
{
	size_t low = 0, high = N_ENTITIES;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = str_cmp(name, str_of(entities[mid].name));
		if (!order)
			return &entities[mid];
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

static void put_point(uint32_t c, struct buf *out)
{
	if (c < 0x80) {
		buf_putc(out, (char)c);
	} else if (c < 0x800) {
		buf_putc(out, (char)(0xc0 | c >> 6));
		buf_putc(out, (char)(0x80 | (c & 63)));
	} else if (c < 0x10000) {
		buf_putc(out, (char)(0xe0 | c >> 12));
		buf_putc(out, (char)(0x80 | (c >> 6 & 63)));
		buf_putc(out, (char)(0x80 | (c & 63)));
	} else {
		buf_putc(out, (char)(0xf0 | c >> 18));
		buf_putc(out, (char)(0x80 | (c >> 12 & 63)));
		buf_putc(out, (char)(0x80 | (c >> 6 & 63)));
		buf_putc(out, (char)(0x80 | (c & 63)));
	}
}

/* The numbers 128 to 159 as Windows-1252 has them; 0 where it has none. */
static const uint16_t windows_1252[32] = {
	0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017d, 0,
	0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
};

static void put_number(uint32_t c, struct buf *out)
{
	if (c >= 128 && c < 160)
		c = windows_1252[c - 128] ? windows_1252[c - 128] : ' ';
	if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		c = 0xfffd;
	bool space = c == '\t' || c == '\n' || c == '\r';
	if (c >= 0x20 ? c != 0x7f : space)
		put_point(c, out);
}

/* "#233;" or "#xe9;" at p: bytes taken, 0 where it is none. The ';' may be missing. */
static size_t take_number(struct str s, struct buf *out)
{
	bool hex = s.n > 1 && (s.p[1] == 'x' || s.p[1] == 'X');
	size_t i = hex ? 2 : 1, digits = i;
	uint32_t value = 0;
	for (; i < s.n; i++) {
		char c = s.p[i], lower = (char)(c | 32);
		uint32_t digit = c >= '0' && c <= '9' ? (uint32_t)(c - '0')
				 : hex && lower >= 'a' && lower <= 'f' ? (uint32_t)(lower - 'a' + 10) : 99;
		if (digit == 99)
			break;
		value = value > 0x10ffff ? value : value * (hex ? 16 : 10) + digit;
	}
	if (i == digits)
		return 0;
	put_number(value, out);
	return i + (i < s.n && s.p[i] == ';');
}

static size_t take_name(struct str s, struct buf *out)
{
	size_t n = 0;
	while (n < s.n && n <= MAX_NAME && is_alnum(s.p[n]))
		n++;
	const struct entity *e = n < s.n && s.p[n] == ';' ? find((struct str){ s.p, n }) : NULL;
	size_t taken = e ? n + 1 : 0;
	for (; !e && n > 1; n--) {
		e = find((struct str){ s.p, n });
		e = e && e->bare ? e : NULL;
		taken = e ? n : 0;
	}
	if (e)
		put_point(e->point, out);
	return taken;
}

void html_decode(struct str text, struct buf *out)
{
	for (size_t i = 0; i < text.n;) {
		const char *amp = memchr(text.p + i, '&', text.n - i);
		size_t n = amp ? (size_t)(amp - text.p) - i : text.n - i;
		buf_add(out, text.p + i, n);
		i += n;
		if (!amp)
			return;
		struct str rest = { amp + 1, text.n - i - 1 };
		size_t taken = !rest.n ? 0 : rest.p[0] == '#' ? take_number(rest, out) : take_name(rest, out);
		if (!taken)
			buf_putc(out, '&');
		i += 1 + taken;
	}
}

static size_t find_ci(struct str s, size_t from, const char *what)
{
	size_t n = strlen(what);
	for (size_t i = from; i + n <= s.n; i++)
		if (!strncasecmp(s.p + i, what, n))
			return i;
	return s.n;
}

static size_t behind(struct str s, size_t from, char c)
{
	const char *at = from < s.n ? memchr(s.p + from, c, s.n - from) : NULL;
	return at ? (size_t)(at - s.p) + 1 : s.n;
}

/* Behind the tag at s.p[i] == '<', with the content of script and style; i where it is no tag. closed: where the last '>'
 * of the text is, so that a text full of '<' is not searched again and again. */
static size_t behind_tag(struct str s, size_t i, const char *closed)
{
	struct str rest = { s.p + i, s.n - i };
	if (rest.n >= 4 && !memcmp(rest.p, "<!--", 4)) {
		size_t end = find_ci(s, i + 4, "-->");
		return end < s.n ? end + 3 : s.n;
	}
	char c = rest.n > 1 ? rest.p[1] : 0;
	bool named = (c | 32) >= 'a' && (c | 32) <= 'z';
	bool closing = c == '/' && rest.n > 2 && (rest.p[2] | 32) >= 'a' && (rest.p[2] | 32) <= 'z';
	if (!named && !closing && c != '!' && c != '?')
		return i;
	static const char *const hidden[][2] = { { "<script", "</script" }, { "<style", "</style" } };
	for (int k = 0; k < 2; k++) {
		size_t n = strlen(hidden[k][0]);
		if (rest.n > n && !strncasecmp(rest.p, hidden[k][0], n) && !is_alnum(rest.p[n]))
			return behind(s, find_ci(s, i, hidden[k][1]), '>');
	}
	return closed && closed > rest.p ? behind(s, i, '>') : i;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

void html_strip(struct str text, struct buf *out)
{
	size_t start = out->n;
	const char *closed = text.n ? memrchr(text.p, '>', text.n) : NULL;
	bool pending = false; /* a tag was here: a blank is due before the next word */
	for (size_t i = 0; i < text.n;) {
		size_t next = text.p[i] == '<' ? behind_tag(text, i, closed) : i;
		if (next > i) {
			pending = true;
			i = next;
			continue;
		}
		if (pending && out->n > start && !is_blank(out->data[out->n - 1]) && !is_blank(text.p[i]))
			buf_putc(out, ' ');
		pending = false;
		buf_putc(out, text.p[i++]);
	}
}
