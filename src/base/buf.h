/* buf.h: a growing run of bytes.
 *
 * data[n] is always a NUL byte that does not count, so text can be handed to C functions as it is.
 * A zeroed struct buf (BUF_INIT) is empty and valid; the caller owns it and calls buf_release. */
#ifndef RECPIPE_BASE_BUF_H
#define RECPIPE_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* A borrowed run of bytes: text of n bytes at p, not NUL-terminated. */
struct str {
	const char *p;
	size_t n;
};
#define STR(literal) ((struct str){ "" literal, sizeof(literal) - 1 })
struct str str_of(const char *s);
int str_eq(struct str a, struct str b);
/* Byte order, shorter first where one is the start of the other: <0, 0, >0. */
int str_cmp(struct str a, struct str b);
/* Blank, tab, CR or LF, as between the words of a line; whether s holds nothing else. */
bool char_is_blank(char c);
bool str_is_blank(struct str s);

struct buf {
	char *data;
	size_t n, capacity;
};
#define BUF_INIT { NULL, 0, 0 }

void buf_release(struct buf *b);
/* Empty it, keep the memory. */
void buf_clear(struct buf *b);
/* Room for n_more bytes behind the end; returns where they go. The caller then adds to b->n. */
char *buf_reserve(struct buf *b, size_t n_more);
void buf_add(struct buf *b, const void *p, size_t n_bytes);
void buf_addstr(struct buf *b, struct str s);
void buf_puts(struct buf *b, const char *s);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* As a JSON string, in quotes. The text must be UTF-8. */
void buf_put_json(struct buf *b, struct str s);
/* One byte: the hot one, so it is inline. */
static inline void buf_putc(struct buf *b, char c)
{
	if (b->n + 1 >= b->capacity)
		buf_reserve(b, 1);
	b->data[b->n++] = c;
	b->data[b->n] = 0;
}
/* The text, never NULL. Valid until the next change. */
const char *buf_text(const struct buf *b);
struct str buf_str(const struct buf *b);

#endif
