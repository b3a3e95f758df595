/* reader.h: CSV or JSON lines, told apart by content, behind one face. */
#ifndef RECPIPE_DATA_READER_H
#define RECPIPE_DATA_READER_H

#include "data/source.h"
#include "io/jsonl.h"

struct reader {
	struct csv *csv;
	struct jsonl *jsonl;
};
MUST_CHECK int reader_open(struct reader *r, const char *path, enum input_format format, const struct csv_format *csv,
			   const struct jsonl_format *jsonl, struct err *e);
const struct str *reader_header(const struct reader *r, size_t *n);
/* As csv_next, jsonl_next. */
MUST_CHECK int reader_next(struct reader *r, struct csv_row *row, struct err *e);
size_t reader_left_out(const struct reader *r);
void reader_close(struct reader *r);

#endif
