/* decode.c: see decode.h. */
#include "io/decode.h"
#include "base/mem.h"
#include "io/stream.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>
#include <strings.h>

struct decode {
	struct in *in;
	char *encoding;
	bool converts, started, at_end;
	iconv_t converter;
	struct buf raw; /* input not yet converted: the start of a character */
};

static bool is_utf8(const char *encoding)
{
	return !encoding || !strcasecmp(encoding, "utf-8") || !strcasecmp(encoding, "utf8");
}

int decode_open(struct decode **out, struct in *in, const char *encoding, struct err *e)
{
	struct decode *d = MEM_ZNEW(1, struct decode);
	d->in = in;
	d->encoding = mem_strdup(is_utf8(encoding) ? "UTF-8" : encoding);
	int rc = 0;
	if (!is_utf8(encoding)) {
		d->converter = iconv_open("UTF-8", encoding);
		d->converts = d->converter != (iconv_t)-1;
		if (!d->converts)
			rc = err_usage(e, "unknown encoding \"%s\" (iconv -l lists those there are)", encoding);
	}
	if (rc)
		decode_close(d);
	else
		*out = d;
	return rc;
}

const char *decode_name(const struct decode *d)
{
	return in_name(d->in);
}

double decode_share(const struct decode *d)
{
	return in_share(d->in);
}

const char *decode_encoding(const struct decode *d)
{
	return d->encoding;
}

static int read_into(struct decode *d, struct buf *b, size_t n, struct err *e)
{
	size_t got;
	char *at = buf_reserve(b, n);
	int rc = in_read(d->in, at, n, &got, e);
	if (rc)
		return rc;
	d->at_end = got == 0;
	b->n += got;
	b->data[b->n] = 0;
	return 0;
}

/* All of raw that is whole characters goes to b; at the end of the input, all of it. */
static void convert(struct decode *d, struct buf *b)
{
	char *from = d->raw.data;
	size_t left = d->raw.n;
	for (;;) {
		size_t room = 2 * left + 16;
		char *to = buf_reserve(b, room), *end = to;
		bool flush = d->at_end && left == 0;
		size_t rc = iconv(d->converter, flush ? NULL : &from, flush ? NULL : &left, &end, &room);
		int why = rc == (size_t)-1 ? errno : 0;
		b->n += (size_t)(end - to);
		b->data[b->n] = 0;
		bool cut_off = why == EINVAL;
		if (why == EILSEQ || (cut_off && d->at_end)) {
			buf_putc(b, DECODE_BAD);
			from += left ? 1 : 0;
			left -= left ? 1 : 0;
		} else if (why != E2BIG && (flush || !d->at_end || cut_off)) {
			break;
		}
	}
	if (left)
		memmove(d->raw.data, from, left);
	d->raw.n = left;
}

/* The mark may come in pieces, so the first piece is at least as long as it. */
static int read_start(struct decode *d, struct buf *b, size_t n, struct err *e)
{
	static const char mark[] = "\xef\xbb\xbf";
	enum { MARK = 3 };
	size_t start = b->n;
	while (!d->at_end && b->n - start < MARK) {
		int rc = read_into(d, d->converts ? &d->raw : b, n, e);
		if (rc)
			return rc;
		if (d->converts)
			convert(d, b);
	}
	if (b->n - start >= MARK && !memcmp(b->data + start, mark, MARK)) {
		b->n -= MARK;
		memmove(b->data + start, b->data + start + MARK, b->n - start);
		b->data[b->n] = 0;
	}
	d->started = true;
	return 0;
}

int decode_read(struct decode *d, struct buf *b, size_t n, size_t *more, struct err *e)
{
	size_t start = b->n;
	int rc = d->started ? 0 : read_start(d, b, n, e);
	while (!rc && !d->at_end && b->n == start) {
		rc = read_into(d, d->converts ? &d->raw : b, n, e);
		if (!rc && d->converts)
			convert(d, b);
	}
	*more = b->n - start;
	return rc;
}

void decode_close(struct decode *d)
{
	if (!d)
		return;
	if (d->converts)
		iconv_close(d->converter);
	in_close(d->in);
	buf_release(&d->raw);
	mem_free(d->encoding);
	mem_free(d);
}
