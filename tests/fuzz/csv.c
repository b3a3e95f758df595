/* Fuzz target: the CSV reader. The first byte chooses the format, the rest is the file. Rows read one by one and rows
 * visited in blocks must be the same, up to the same first error; what is read is written and read back the same. */
#include "base/mem.h"
#include "base/utf8.h"
#include "io/csv.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

static void put_bytes(struct buf *b, size_t column, struct str value)
{
	buf_printf(b, "%zu:%zu:", column, value.n);
	buf_addstr(b, value);
}

struct seen {
	struct buf all, row;
};

static void see_field(void *context, size_t column, struct str value)
{
	put_bytes(&((struct seen *)context)->row, column, value);
}

static int see_row(void *context, size_t line, struct err *e)
{
	struct seen *s = context;
	(void)e;
	buf_printf(&s->all, "[%zu]", line);
	buf_addstr(&s->all, buf_str(&s->row));
	buf_clear(&s->row);
	return 0;
}

static void by_rows(const char *path, const struct csv_format *format, struct buf *out, struct buf *csv)
{
	struct csv *c = NULL;
	struct csv_row row;
	struct err e = { 0 };
	int rc = csv_open(&c, path, format, &e);
	bool compared = rc != 0;
	if (rc)
		buf_printf(out, "!%s", e.message);
	while (c && !rc && (rc = csv_next(c, &row, &e)) != 0) {
		if (rc < 0 && !row.field)
			break;
		for (size_t i = 0; i < row.n; i++)
			if (row.field[i].p[row.field[i].n] != 0 || (rc > 0 && !utf8_is_text(row.field[i])))
				__builtin_trap();
		if (rc > 0 && !compared) {
			csv_put_row(csv, row.field, row.n);
			buf_printf(out, "[%zu]", row.line);
			for (size_t i = 0; i < row.n; i++)
				put_bytes(out, i, row.field[i]);
		}
		if (rc < 0 && !compared) {
			compared = true;
			buf_printf(out, "!%s", e.message);
		}
		rc = 0; /* go on behind a bad row */
	}
	if (rc < 0 && !compared)
		buf_printf(out, "!%s", e.message);
	csv_close(c);
}

static void by_blocks(const char *path, const struct csv_format *format, struct buf *out)
{
	struct csv *c;
	struct seen s = { BUF_INIT, BUF_INIT };
	struct csv_visitor v = { &s, see_field, see_row };
	struct csv_block block = CSV_BLOCK_INIT;
	struct err e = { 0 };
	int rc = csv_open(&c, path, format, &e);
	if (!rc) {
		while ((rc = csv_next_block(c, &block, &e)) > 0)
			if ((rc = csv_visit_block(c, &block, &v, &e)) != 0)
				break;
		if (!rc)
			rc = csv_visit(c, &v, &e);
		csv_close(c);
	}
	buf_addstr(out, buf_str(&s.all));
	if (rc)
		buf_printf(out, "!%s", e.message);
	csv_block_release(&block);
	buf_release(&s.all);
	buf_release(&s.row);
}

static void same(const struct buf *a, const struct buf *b)
{
	if (!str_eq(buf_str(a), buf_str(b)))
		__builtin_trap();
}

static int file_of(const void *p, size_t n, char path[64])
{
	int fd = memfd_create("csv", 0);
	if (fd < 0 || write(fd, p, n) != (ssize_t)n)
		__builtin_trap();
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	return fd;
}

/* The rows written as CSV hold the same fields; lines may differ, where the input had blank ones. */
static void round_trip(const struct buf *csv)
{
	struct buf first = BUF_INIT, again = BUF_INIT, written = BUF_INIT, twice = BUF_INIT;
	struct csv_format format = { ",", false, true, NULL, 0 };
	char path[64];
	int fd = file_of(csv->data, csv->n, path);
	by_rows(path, &format, &first, &written);
	same(csv, &written);
	close(fd);
	fd = file_of(written.data, written.n, path);
	by_rows(path, &format, &again, &twice);
	same(&first, &again);
	close(fd);
	buf_release(&first);
	buf_release(&again);
	buf_release(&written);
	buf_release(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	static const char *const separators[] = { ",", "\t", "::", NULL };
	static const char *const encodings[] = { NULL, "latin1", "euc-kr", "utf-16" };
	if (!n_bytes)
		return 0;
	struct csv_format format = {
		.separator = separators[data[0] & 3],
		.no_quotes = data[0] & 4,
		.no_header = data[0] & 8,
		.encoding = encodings[data[0] >> 4 & 3],
		.max_field = data[0] & 64 ? 16 : 0,
	};
	char path[64];
	int fd = file_of(data + 1, n_bytes - 1, path);
	struct buf rows = BUF_INIT, blocks = BUF_INIT, csv = BUF_INIT;
	by_rows(path, &format, &rows, &csv);
	close(fd);
	fd = file_of(data + 1, n_bytes - 1, path);
	by_blocks(path, &format, &blocks);
	same(&rows, &blocks);
	close(fd);
	if (csv.n)
		round_trip(&csv);
	buf_release(&rows);
	buf_release(&blocks);
	buf_release(&csv);
	return 0;
}
