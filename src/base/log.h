/* log.h: what a command tells while it works. Talk goes to stderr, never to stdout.
 *
 * One call reports one event to the person and, with --log FILE, the same event as a JSON line. Progress is a bar with
 * the time left when stderr is a terminal, and nothing otherwise; -q silences both. Times appear only here,
 * never in a file that a command produces. */
#ifndef RECPIPE_BASE_LOG_H
#define RECPIPE_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct log {
	const char *program; /* "train": every line begins with it */
	int verbosity;       /* 0 quiet, 1 normal, 2 verbose */
	FILE *json;          /* --log, or NULL; owned by the command, which tells when it closes it that a write failed */
	int json_errno;      /* of the first write that failed, or 0 */
	/* progress */
	const char *unit;
	size_t total, done;
	double start_s, drawn_s;
	bool bar;
};

/* A line for a person, at verbosity 1 or more; 2 or more. l may be NULL (then nothing). */
void log_say(struct log *l, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_detail(struct log *l, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Something the user must see even with -q. */
void log_warn(struct log *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* An event with named values. */
struct log_field {
	const char *key;
	enum { LOG_TEXT, LOG_WHOLE, LOG_REAL } type;
	const char *text;
	int64_t whole;
	double real;
};
#define LOG_T(key, value) { (key), LOG_TEXT, (value), 0, 0 }
#define LOG_N(key, value) { (key), LOG_WHOLE, NULL, (int64_t)(value), 0 }
#define LOG_R(key, value) { (key), LOG_REAL, NULL, 0, (value) }
/* "train: epoch 3, rmse 0.9123" and {"event":"epoch","epoch":3,"rmse":0.9123}. */
void log_event(struct log *l, const char *event, const struct log_field *fields, size_t n);
#define LOG_EVENT(l, event, ...)                                                                  \
	log_event((l), (event), (const struct log_field[]){ __VA_ARGS__ },                        \
		  sizeof((const struct log_field[]){ __VA_ARGS__ }) / sizeof(struct log_field))

/* total 0: unknown. progress_to is cheap enough for every block of rows. Not thread-safe: call between loops. */
void progress_start(struct log *l, const char *unit, size_t total);
void progress_to(struct log *l, size_t done);
void progress_add(struct log *l, size_t more);
/* The total, where it becomes known, or known better, on the way. */
void progress_total(struct log *l, size_t total);
void progress_end(struct log *l);

/* Seconds of a monotonic clock. */
double clock_s(void);

#endif
