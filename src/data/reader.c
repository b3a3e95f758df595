/* reader.c: see reader.h. */
#include "data/reader.h"

#include <string.h>

static int is_json(struct in *in, bool *json, struct err *e)
{
	const char *p;
	size_t n;
	int rc = in_peek(in, 256, &p, &n, e);
	if (rc)
		return rc;
	const char *end = p + n;
	if (n >= 3 && !memcmp(p, "\xef\xbb\xbf", 3))
		p += 3;
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	*json = p < end && *p == '{';
	return 0;
}

int reader_open(struct reader *r, const char *path, enum input_format format, const struct csv_format *csv,
		const struct jsonl_format *jsonl, struct err *e)
{
	struct in *in;
	bool json = format == INPUT_JSONL;
	*r = (struct reader){ NULL, NULL };
	int rc = in_open(&in, path, e);
	if (rc)
		return rc;
	if (format == INPUT_AUTO)
		rc = is_json(in, &json, e);
	if (rc) {
		in_close(in);
		return rc;
	}
	return json ? jsonl_open_stream(&r->jsonl, in, jsonl, e) : csv_open_stream(&r->csv, in, csv, e);
}

const struct str *reader_header(const struct reader *r, size_t *n)
{
	return r->csv ? csv_header(r->csv, n) : jsonl_header(r->jsonl, n);
}

int reader_next(struct reader *r, struct csv_row *row, struct err *e)
{
	return r->csv ? csv_next(r->csv, row, e) : jsonl_next(r->jsonl, row, e);
}

size_t reader_left_out(const struct reader *r)
{
	return r->jsonl ? jsonl_left_out(r->jsonl) : 0;
}

void reader_close(struct reader *r)
{
	if (r->csv)
		csv_close(r->csv);
	jsonl_close(r->jsonl);
	*r = (struct reader){ NULL, NULL };
}
