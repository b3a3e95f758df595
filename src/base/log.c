/* log.c: see log.h. */
#include "base/log.h"
#include "base/buf.h"
#include "base/numbers.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <time.h>
#include <unistd.h>

double clock_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void clear_bar(struct log *l)
{
	if (l->bar)
		fputs("\r\033[K", stderr);
}

static void say(struct log *l, int level, const char *format, va_list args)
{
	if (!l || l->verbosity < level)
		return;
	clear_bar(l);
	fprintf(stderr, "%s: ", l->program);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

void log_say(struct log *l, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	say(l, 1, format, args);
	va_end(args);
}

void log_detail(struct log *l, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	say(l, 2, format, args);
	va_end(args);
}

void log_warn(struct log *l, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	say(l, 0, format, args);
	va_end(args);
}

static void put_json_field(struct buf *b, const struct log_field *f)
{
	buf_putc(b, ',');
	buf_put_json(b, str_of(f->key));
	buf_putc(b, ':');
	if (f->type == LOG_TEXT)
		buf_put_json(b, str_of(f->text));
	else if (f->type == LOG_WHOLE)
		num_put_i64(b, f->whole);
	else if (isfinite(f->real))
		num_put_f64(b, f->real);
	else
		buf_puts(b, "null");
}

static void put_field(struct buf *b, const struct log_field *f)
{
	if (f->type == LOG_TEXT)
		buf_printf(b, "%s %s", f->key, f->text);
	else if (f->type == LOG_WHOLE)
		buf_printf(b, "%s %lld", f->key, (long long)f->whole);
	else
		buf_printf(b, "%s %.4f", f->key, f->real);
}

void log_event(struct log *l, const char *event, const struct log_field *fields, size_t n)
{
	if (!l)
		return;
	struct buf line = BUF_INIT;
	for (size_t i = 0; i < n; i++) {
		buf_puts(&line, i ? ", " : "");
		put_field(&line, &fields[i]);
	}
	log_say(l, "%s", buf_text(&line));
	if (l->json) {
		buf_clear(&line);
		buf_puts(&line, "{\"event\":");
		buf_put_json(&line, str_of(event));
		for (size_t i = 0; i < n; i++)
			put_json_field(&line, &fields[i]);
		if ((fprintf(l->json, "%s}\n", buf_text(&line)) < 0 || fflush(l->json)) && !l->json_errno)
			l->json_errno = errno; /* flushed, as a reader may follow the file */
	}
	buf_release(&line);
}

void progress_start(struct log *l, const char *unit, size_t total)
{
	if (!l)
		return;
	l->unit = unit;
	l->total = total;
	l->done = 0;
	l->start_s = l->drawn_s = clock_s();
	l->bar = l->verbosity > 0 && isatty(STDERR_FILENO);
}

static void draw(struct log *l, double now_s)
{
	enum { WIDTH = 24 };
	double elapsed_s = now_s - l->start_s, rate = elapsed_s > 0 ? (double)l->done / elapsed_s : 0;
	clear_bar(l);
	fprintf(stderr, "%s: ", l->program);
	if (l->total) {
		double part = l->done < l->total ? (double)l->done / (double)l->total : 1;
		for (int i = 0; i < WIDTH; i++)
			fputc(i < (int)(part * WIDTH) ? '#' : '.', stderr);
		fprintf(stderr, " %3.0f%% ", 100 * part);
	}
	fprintf(stderr, "%zu %s, %.0f/s", l->done, l->unit, rate);
	if (l->total > l->done && rate > 0)
		fprintf(stderr, ", %.0f s left", (double)(l->total - l->done) / rate);
	fflush(stderr);
	l->drawn_s = now_s;
}

void progress_to(struct log *l, size_t done)
{
	if (!l)
		return;
	l->done = done;
	if (!l->bar)
		return;
	double now_s = clock_s();
	if (now_s - l->drawn_s > 0.2)
		draw(l, now_s);
}

void progress_add(struct log *l, size_t more)
{
	if (l)
		progress_to(l, l->done + more);
}

void progress_total(struct log *l, size_t total)
{
	if (l)
		l->total = total;
}

void progress_end(struct log *l)
{
	if (!l)
		return;
	clear_bar(l);
	l->bar = false;
}
