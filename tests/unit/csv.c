/* CSV: every kind of file there is, row by row and in blocks; the two ways must see the same. */
#include "base/mem.h"
#include "io/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char path[] = "recpipe-test.csv";
static char directory[] = "/tmp/recpipe-csv-XXXXXX";

static int enter(void **state)
{
	(void)state;
	return !mkdtemp(directory) || chdir(directory) != 0;
}

static int leave(void **state)
{
	(void)state;
	unlink(path);
	return chdir("/") != 0 || rmdir(directory) != 0;
}

static void put(const char *text, size_t n)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

/* "[line]a|b|c;" for each row, "!message;" for an error. */
static void show_field(void *context, size_t column, struct str value)
{
	struct buf *row = context;
	if (column)
		buf_putc(row, '|');
	buf_addstr(row, value);
}

struct shown {
	struct buf all, row;
};

static void shown_field(void *context, size_t column, struct str value)
{
	show_field(&((struct shown *)context)->row, column, value);
}

static int shown_row(void *context, size_t line, struct err *e)
{
	struct shown *s = context;
	buf_printf(&s->all, "[%zu]%s;", line, buf_text(&s->row));
	if (!strcmp(buf_text(&s->row), "stop|here"))
		return err_data(e, "stopped");
	buf_clear(&s->row);
	return 0;
}

/* One row at a time, going on behind errors. */
static void read_rows(const struct csv_format *format, struct buf *out)
{
	struct csv *c;
	struct err e;
	if (csv_open(&c, path, format, &e)) {
		buf_printf(out, "!%s;", e.message);
		return;
	}
	struct csv_row row;
	int rc;
	while ((rc = csv_next(c, &row, &e)) != 0) {
		if (rc < 0)
			buf_printf(out, "!%s;", e.message);
		if (rc < 0 && !row.field) {
			assert_int_equal(csv_next(c, &row, &e), rc);
			break;
		}
		if (rc < 0)
			continue;
		buf_printf(out, "[%zu]", row.line);
		for (size_t i = 0; i < row.n; i++) {
			assert_int_equal(row.field[i].p[row.field[i].n], 0);
			show_field(out, i, row.field[i]);
		}
		buf_putc(out, ';');
	}
	csv_close(c);
}

/* By blocks and visitors, up to the first error. */
static void read_blocks(const struct csv_format *format, struct buf *out)
{
	struct csv *c;
	struct err e;
	if (csv_open(&c, path, format, &e)) {
		buf_printf(out, "!%s;", e.message);
		return;
	}
	struct shown s = { BUF_INIT, BUF_INIT };
	struct csv_visitor v = { &s, shown_field, shown_row };
	struct csv_block block = CSV_BLOCK_INIT;
	int rc;
	while ((rc = csv_next_block(c, &block, &e)) > 0)
		if ((rc = csv_visit_block(c, &block, &v, &e)) != 0)
			break;
	if (!rc)
		rc = csv_visit(c, &v, &e);
	buf_addstr(out, buf_str(&s.all));
	if (rc)
		buf_printf(out, "!%s;", e.message);
	csv_block_release(&block);
	buf_release(&s.all);
	buf_release(&s.row);
	csv_close(c);
}

static void check_bytes(const char *text, size_t n, struct csv_format format, const char *expected)
{
	struct buf rows = BUF_INIT, blocks = BUF_INIT;
	put(text, n);
	read_rows(&format, &rows);
	read_blocks(&format, &blocks);
	assert_string_equal(buf_text(&rows), expected);
	char *error = strchr(buf_text(&rows), '!');
	if (error) /* the blocks stop there */
		error[strcspn(error, ";") + 1] = 0;
	assert_string_equal(buf_text(&blocks), buf_text(&rows));
	buf_release(&rows);
	buf_release(&blocks);
}

#define COMMA ((struct csv_format)CSV_FORMAT_DEFAULT)
#define check(text, format, expected) check_bytes((text), sizeof(text) - 1, (format), (expected))

static void reads_plain_rows(void **state)
{
	(void)state;
	check("a,b\n1,2\n3,4\n", COMMA, "[2]1|2;[3]3|4;");
	check("a,b\n1,2\n3,4", COMMA, "[2]1|2;[3]3|4;");
	check("a,b\r\n1,2\r\n3,4\r\n", COMMA, "[2]1|2;[3]3|4;");
	check("a,b\r1,2\r3,4\r", COMMA, "[2]1|2;[3]3|4;");
	check("a,b\n1,2\r\n3,4\r5,6\n\r7,8", COMMA, "[2]1|2;[3]3|4;[4]5|6;[6]7|8;");
	check("\n\na,b\n\n\n1,2\r\n\r\n3,4\n\n", COMMA, "[6]1|2;[8]3|4;");
	check("\xef\xbb\xbf" "a,b\n1,2\n", COMMA, "[2]1|2;");
	check("a,b\n , x \n,\n", COMMA, "[2] | x ;[3]|;");
	check("a,b\n", COMMA, "");
	check("a,b", COMMA, "");
	check("a\n\"\"\nx\n", COMMA, "[2];[3]x;");
}

static void reads_quotes(void **state)
{
	(void)state;
	check("a,b\n\"1,1\",2\n\"x\"\"y\",\"\"\n", COMMA, "[2]1,1|2;[3]x\"y|;");
	check("a,b\n\"1\n\n2\",2\n3,4\n", COMMA, "[2]1\n\n2|2;[5]3|4;");
	check("a,b\r\n\"1\r\n2\",2\r\n3,4\r\n", COMMA, "[2]1\r\n2|2;[4]3|4;");
	check("a,b\n1\"2,\"3\"\n4,5\n", COMMA, "[2]1\"2|3;[3]4|5;");
	check("a,b\n1,2\"\n4,5\"\"\n", COMMA, "[2]1|2\";[3]4|5\"\";");
	check("a,b\n1,\"2\"", COMMA, "[2]1|2;");
	struct csv_format off = COMMA;
	off.no_quotes = true;
	check("a,b\n\"1,2\"\n", off, "[2]\"1|2\";");
}

static void reads_other_separators(void **state)
{
	(void)state;
	struct csv_format f = COMMA;
	f.separator = "\t";
	check("a\tb\n1,1\t \n", f, "[2]1,1| ;");
	f.separator = "|";
	check("a|b\n1|2\n", f, "[2]1|2;");
	f.separator = "::";
	check("a::b\n1::\"2\n3:3::4:\n:::\n", f, "[2]1|\"2;[3]3:3|4:;[4]|:;");
	f.no_header = true;
	check("1::2\n3::4\n", f, "[1]1|2;[2]3|4;");
	f.separator = "";
	check("a\n", f, "!a separator is one ASCII character or \"::\", not \"\";");
	f.separator = "\"";
	check("a\n", f, "!a separator is one ASCII character or \"::\", not \"\"\";");
}

static void guesses_the_separator(void **state)
{
	(void)state;
	struct csv_format f = COMMA;
	f.separator = NULL;
	check("a,b\n1,2\n", f, "[2]1|2;");
	check("a\tb\n1,2\t2\n", f, "[2]1,2|2;");
	check("a|b|c,d\n1|2|3\n", f, "[2]1|2|3;");
	check("\n\"a,b,c\";b\n1;2\n", f, "[3]1|2;");
	check("user::item::rating\n1::2::3\n", f, "[2]1|2|3;");
	check("a\n1\n", f, "[2]1;");
	f.no_header = true;
	check("1::1193::5::978300760\r\n", f, "[1]1|1193|5|978300760;");
}

static void reads_other_encodings(void **state)
{
	(void)state;
	struct csv_format f = COMMA;
	f.encoding = "latin1";
	check("a,b\ncaf\xe9,\xdc\n", f, "[2]caf\xc3\xa9|\xc3\x9c;");
	f.encoding = "utf-16le";
	check("\xff\xfe" "a\0,\0b\0\n\0\xe9\0,\0\xac\x20\n\0", f, "[2]\xc3\xa9|\xe2\x82\xac;");
	f.encoding = "euc-kr";
	check("a,b\n\xb0\xa1,1\n\xff\xb0,2\nx,3\n\xb0", f,
	      "[2]\xea\xb0\x80|1;!recpipe-test.csv:3: column 1 a: not valid euc-kr;[4]x|3;"
	      "!recpipe-test.csv:5: 1 field where 2 are expected;");
	f.encoding = "no-such-encoding";
	check("a\n", f, "!unknown encoding \"no-such-encoding\" (iconv -l lists those there are);");
	f.encoding = "UTF8";
	check("a,b\n\xc3\xa9,2\n", f, "[2]\xc3\xa9|2;");
}

static void names_bad_rows_and_goes_on(void **state)
{
	(void)state;
	check("a,b\n1\n2,3\n4,5,6\n7,8\n", COMMA,
	      "!recpipe-test.csv:2: 1 field where 2 are expected;[3]2|3;"
	      "!recpipe-test.csv:4: 3 fields where 2 are expected;[5]7|8;");
	check("a,b\n1,\xff\n2,3\n", COMMA, "!recpipe-test.csv:2: column 2 b: not valid UTF-8;[3]2|3;");
	check("a,b\n1,\xc3\n2,3\n", COMMA, "!recpipe-test.csv:2: column 2 b: not valid UTF-8;[3]2|3;");
	check("a,b\n1\0,2\n2,3\n", COMMA, "!recpipe-test.csv:2: column 1 a: a NUL byte;[3]2|3;");
	check("a,b\n1,\xff,3\n2,3\n", COMMA, "!recpipe-test.csv:2: 3 fields where 2 are expected;[3]2|3;");
	check("a,b\n\"1\n\n2\"x,y\n2,3\n", COMMA,
	      "!recpipe-test.csv:4: text behind the closing quote of a field;[5]2|3;");
	check("a,b\n\"1\" ,y\r\n2,3\n", COMMA, "!recpipe-test.csv:2: text behind the closing quote of a field;[3]2|3;");
	struct csv_format f = COMMA;
	f.separator = "::";
	check("a::b\n\xfe::\xff\n2::3\n", f, "!recpipe-test.csv:2: column 1 a: not valid UTF-8;[3]2|3;");
}

static void names_what_cannot_be_read(void **state)
{
	(void)state;
	check("", COMMA, "!recpipe-test.csv: the file is empty;");
	check("\n\r\n", COMMA, "!recpipe-test.csv: the file is empty;");
	check("\xef\xbb\xbf", COMMA, "!recpipe-test.csv: the file is empty;");
	check("\na,b,a\n", COMMA, "!recpipe-test.csv:2: two columns are called \"a\";");
	check("a,\xff\n", COMMA, "!recpipe-test.csv:1: column 2: not valid UTF-8;");
	check("a,b\n1,2\n3,\"4\n5,6\n", COMMA, "[2]1|2;!recpipe-test.csv:3: a quoted field that never ends;");
}

static void limits_the_size_of_a_field(void **state)
{
	(void)state;
	struct csv_format f = COMMA;
	f.max_field = 5;
	check("a,b\n12345,2\n", f, "[2]12345|2;");
	check("a,b\n123456,2\n3,4\n", f, "!recpipe-test.csv:2: a field of more than 5 bytes (is a quote never closed?);[3]3|4;");
	check("a,b\n1,2\n3,\"456789\n0\n", f, "[2]1|2;!recpipe-test.csv:3: a field of more than 5 bytes (is a quote never closed?);");
	enum { N = 20000000 };
	char *text = mem_alloc(N, 1);
	memset(text, 'x', N);
	memcpy(text, "a,b\n1,", 6);
	check_bytes(text, N, COMMA, "!recpipe-test.csv:2: a field of more than 16777216 bytes (is a quote never closed?);");
	memset(text + 6, ',', N - 6);
	check_bytes(text, N, COMMA, "!recpipe-test.csv:2: 19999996 fields where 2 are expected;");
	memcpy(text, ",,,,", 4);
	check_bytes(text, N, COMMA, "!recpipe-test.csv:1: 20000000 columns (at most 10000 can be read);");
	mem_free(text);
}

static void names_columns(void **state)
{
	(void)state;
	struct csv *c;
	struct err e;
	put("user,2,title\nu,i,t\n", 19);
	assert_int_equal(csv_open(&c, path, &COMMA, &e), 0);
	assert_int_equal(csv_column(c, "user"), 0);
	assert_int_equal(csv_column(c, "title"), 2);
	assert_int_equal(csv_column(c, "2"), 1);
	assert_int_equal(csv_column(c, "1"), 0);
	assert_int_equal(csv_column(c, "3"), 2);
	assert_int_equal(csv_column(c, "4"), -1);
	assert_int_equal(csv_column(c, "0"), -1);
	assert_int_equal(csv_column(c, "User"), -1);
	size_t n;
	const struct str *name = csv_header(c, &n);
	assert_int_equal(n, 3);
	assert_true(str_eq(name[2], STR("title")));
	csv_close(c);
	struct csv_format f = COMMA;
	f.no_header = true;
	assert_int_equal(csv_open(&c, path, &f, &e), 0);
	name = csv_header(c, &n);
	assert_int_equal(n, 3);
	assert_true(str_eq(name[0], STR("1")));
	csv_close(c);
	assert_int_equal(csv_open(&c, "missing", &f, &e), ERR_SYSTEM);
}

/* Larger than any block, in each mix of line ends, with quotes that come late; cut points fall everywhere. */
static void blocks_see_what_rows_see(void **state)
{
	(void)state;
	static const char *const ends[] = { "\n", "\r\n", "\r" };
	for (int k = 0; k < 6; k++) {
		struct buf text = BUF_INIT, rows = BUF_INIT, blocks = BUF_INIT;
		buf_puts(&text, "user,item\n");
		for (size_t i = 0; text.n < (13u << 20); i++) {
			buf_printf(&text, "%zu,%.*s%s", i, (int)(i * 31 % 97),
				   "----------------------------------------------------------------------------------------------------",
				   ends[k % 3]);
			if (i % 5000 == 0)
				buf_puts(&text, ends[i / 5000 % 3]);
		}
		if (k >= 3)
			buf_puts(&text, "\"quoted\r\nhere\",1\r\nlast,2");
		put(text.data, text.n);
		struct csv_format f = COMMA;
		read_rows(&f, &rows);
		read_blocks(&f, &blocks);
		assert_int_equal(rows.n, blocks.n);
		assert_true(memcmp(rows.data, blocks.data, rows.n) == 0);
		buf_release(&text);
		buf_release(&rows);
		buf_release(&blocks);
	}
}

static void a_visitor_can_stop(void **state)
{
	(void)state;
	for (int quoted = 0; quoted < 2; quoted++) {
		struct buf out = BUF_INIT;
		const char *text = quoted ? "a,b\n1,\"2\"\nstop,here\n5,6\n" : "a,b\n1,2\nstop,here\n5,6\n";
		put(text, strlen(text));
		struct csv_format f = COMMA;
		read_blocks(&f, &out);
		assert_string_equal(buf_text(&out), "[2]1|2;[3]stop|here;!stopped;");
		buf_release(&out);
	}
}

static void writes_what_it_reads(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	const struct str row[] = { STR("plain"), STR("a,b"), STR("say \"x\""), STR("two\nlines"), STR("cr\r"), STR("") };
	const struct str nothing = STR("");
	csv_put_row(&b, row, 6);
	csv_put_row(&b, &nothing, 1);
	assert_string_equal(buf_text(&b), "plain,\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",\"cr\r\",\n\"\"\n");
	buf_clear(&b);
	csv_put_field(&b, STR("x"), true);
	csv_put_field(&b, (struct str){ "a\0b", 3 }, false);
	assert_int_equal(b.n, 5);
	buf_clear(&b);
	csv_put_field(&b, STR("\xef\xbb\xbf"), true);
	assert_string_equal(buf_text(&b), "\"\xef\xbb\xbf\"");
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_plain_rows),
		cmocka_unit_test(reads_quotes),
		cmocka_unit_test(reads_other_separators),
		cmocka_unit_test(guesses_the_separator),
		cmocka_unit_test(reads_other_encodings),
		cmocka_unit_test(names_bad_rows_and_goes_on),
		cmocka_unit_test(names_what_cannot_be_read),
		cmocka_unit_test(limits_the_size_of_a_field),
		cmocka_unit_test(names_columns),
		cmocka_unit_test(blocks_see_what_rows_see),
		cmocka_unit_test(a_visitor_can_stop),
		cmocka_unit_test(writes_what_it_reads),
	};
	return cmocka_run_group_tests(tests, enter, leave);
}
