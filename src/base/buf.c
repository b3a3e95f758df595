/* buf.c: see buf.h. */
#include "base/buf.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>

struct str str_of(const char *s)
{
	return (struct str){ s, strlen(s) };
}

int str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

int str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n ? memcmp(a.p, b.p, n) : 0;
	return c ? c : (a.n > b.n) - (a.n < b.n);
}

bool char_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool str_is_blank(struct str s)
{
	while (s.n && char_is_blank(s.p[s.n - 1]))
		s.n--;
	return !s.n;
}

void buf_release(struct buf *b)
{
	mem_free(b->data);
	*b = (struct buf)BUF_INIT;
}

void buf_clear(struct buf *b)
{
	b->n = 0;
	if (b->data)
		b->data[0] = 0;
}

char *buf_reserve(struct buf *b, size_t n_more)
{
	if (b->capacity - b->n <= n_more) {
		size_t capacity = mem_grow(b->capacity, b->n + n_more + 1);
		b->data = mem_resize(b->data, b->n, capacity, 1);
		b->capacity = capacity;
		b->data[b->n] = 0;
	}
	return b->data + b->n;
}

void buf_add(struct buf *b, const void *p, size_t n_bytes)
{
	char *at = buf_reserve(b, n_bytes);
	if (n_bytes)
		memcpy(at, p, n_bytes);
	b->n += n_bytes;
	b->data[b->n] = 0;
}

void buf_addstr(struct buf *b, struct str s)
{
	buf_add(b, s.p, s.n);
}

void buf_puts(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list args, again;
	va_start(args, format);
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n > 0) {
		char *at = buf_reserve(b, (size_t)n);
		vsnprintf(at, (size_t)n + 1, format, again);
		b->n += (size_t)n;
	}
	va_end(again);
}

void buf_put_json(struct buf *b, struct str s)
{
	buf_putc(b, '"');
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '"' || s.p[i] == '\\')
			buf_printf(b, "\\%c", s.p[i]);
		else if ((unsigned char)s.p[i] < ' ')
			buf_printf(b, "\\u%04x", (unsigned)s.p[i]);
		else
			buf_putc(b, s.p[i]);
	buf_putc(b, '"');
}

const char *buf_text(const struct buf *b)
{
	return b->data ? b->data : "";
}

struct str buf_str(const struct buf *b)
{
	return (struct str){ buf_text(b), b->n };
}
