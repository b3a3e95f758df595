/* err.h: how a library function says what went wrong.
 *
 * A function that can fail returns 0 or a negative err_code, is marked MUST_CHECK, and fills the caller's
 * struct err: the code and one line for a person, with the file and line (or byte) where that is known.
 * The library never prints and never exits; cmd/ prints the line and turns the code into the exit status. */
#ifndef RECPIPE_BASE_ERR_H
#define RECPIPE_BASE_ERR_H

#include <stdarg.h>
#include <stddef.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))

enum err_code {
	ERR_NONE = 0,
	ERR_GATE = -1,   /* a gate the user set was not met        -> exit 1 */
	ERR_USAGE = -2,  /* wrong usage                            -> exit 2 */
	ERR_DATA = -3,   /* bad data                               -> exit 3 */
	ERR_SYSTEM = -4, /* disk, memory, missing file             -> exit 4 */
	ERR_CLOSED = -5, /* the reader of our output went away: end quietly -> exit 0 */
};

struct err {
	int code;
	char message[1024]; /* one line, no newline at its end, NUL-terminated, cut short where too long */
};

/* Set code and message; returns code, so that `return err_set(...)` is one line. e may be NULL. */
int err_set(struct err *e, int code, const char *format, ...) PRINTF_LIKE(3, 4);
int err_setv(struct err *e, int code, const char *format, va_list args) PRINTF_LIKE(3, 0);

/* Shorthands for the three codes that library code uses. */
#define err_usage(e, ...) err_set((e), ERR_USAGE, __VA_ARGS__)
#define err_data(e, ...) err_set((e), ERR_DATA, __VA_ARGS__)

/* ERR_SYSTEM, with ": " and the text of errno behind the message. */
int err_system(struct err *e, const char *format, ...) PRINTF_LIKE(2, 3);

/* Put "prefix: " before the message that e already holds; returns e's code. */
int err_prefix(struct err *e, const char *format, ...) PRINTF_LIKE(2, 3);

/* Bad data at a line (counted from 1) of a file: "path:line: message". path "-" reads as "stdin". */
int err_at_line(struct err *e, const char *path, size_t line, const char *format, ...) PRINTF_LIKE(4, 5);

/* The exit status that the DESIGN promises for a code: 0..4. */
int err_exit_status(int code);

#endif
