/* err.c: see err.h. */
#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A message is one line: control characters that came in with the user's data become '?'. */
static void make_one_line(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			*s = '?';
}

int err_setv(struct err *e, int code, const char *format, va_list args)
{
	if (e) {
		e->code = code;
		vsnprintf(e->message, sizeof e->message, format, args);
		make_one_line(e->message);
	}
	return code;
}

int err_set(struct err *e, int code, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	err_setv(e, code, format, args);
	va_end(args);
	return code;
}

/* Text goes to message[at], as much as there is room for. */
static void put_text(struct err *e, size_t at, const char *text)
{
	size_t n = strnlen(text, sizeof e->message - 1 - at);
	memmove(e->message + at, text, n);
	e->message[at + n] = 0;
}

int err_system(struct err *e, const char *format, ...)
{
	int saved = errno;
	va_list args;
	va_start(args, format);
	err_setv(e, ERR_SYSTEM, format, args);
	va_end(args);
	if (e) {
		put_text(e, strlen(e->message), ": ");
		put_text(e, strlen(e->message), strerror(saved));
	}
	return ERR_SYSTEM;
}

static int prefix_with(struct err *e, const char *prefix)
{
	char old[sizeof e->message];
	memcpy(old, e->message, sizeof old);
	put_text(e, 0, prefix);
	put_text(e, strlen(e->message), ": ");
	put_text(e, strlen(e->message), old);
	make_one_line(e->message);
	return e->code;
}

int err_prefix(struct err *e, const char *format, ...)
{
	char prefix[sizeof e->message];
	va_list args;
	va_start(args, format);
	vsnprintf(prefix, sizeof prefix, format, args);
	va_end(args);
	return prefix_with(e, prefix);
}

int err_at_line(struct err *e, const char *path, size_t line, const char *format, ...)
{
	char prefix[sizeof e->message];
	va_list args;
	va_start(args, format);
	err_setv(e, ERR_DATA, format, args);
	va_end(args);
	if (e) {
		snprintf(prefix, sizeof prefix, "%s:%zu", strcmp(path, "-") ? path : "stdin", line);
		prefix_with(e, prefix);
	}
	return ERR_DATA;
}

int err_exit_status(int code)
{
	switch (code) {
	case ERR_NONE:
	case ERR_CLOSED: return 0;
	case ERR_GATE: return 1;
	case ERR_USAGE: return 2;
	case ERR_DATA: return 3;
	default: return 4;
	}
}
